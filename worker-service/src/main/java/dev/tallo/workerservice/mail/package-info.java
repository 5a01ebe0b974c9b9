/** The task {@code mail.send}: a mail through the operator's SMTP server. */
@NullMarked
package dev.tallo.workerservice.mail;

import org.jspecify.annotations.NullMarked;
