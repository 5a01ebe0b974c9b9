/** Tasks as they are shown to people and programs outside. */
@NullMarked
package dev.tallo.producer.view;

import org.jspecify.annotations.NullMarked;
