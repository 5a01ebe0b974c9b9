/** The service that takes tasks over HTTP, keeps their history, and answers what became of them. */
@NullMarked
package dev.tallo.producer;

import org.jspecify.annotations.NullMarked;
