/** Work that is done once for several who ask for it. */
@NullMarked
package dev.tallo.messaging.shared;

import org.jspecify.annotations.NullMarked;
