@NullMarked
package dev.tallo.workerservice.mail;

import org.jspecify.annotations.NullMarked;
