@NullMarked
package dev.tallo.workerservice.webhook;

import org.jspecify.annotations.NullMarked;
