/** Many tasks in one upload, in bounded memory. */
@NullMarked
package dev.tallo.producer.batch;

import org.jspecify.annotations.NullMarked;
