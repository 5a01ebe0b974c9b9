/** The extension at build time: small applications are built as the Maven plugin would do it. */
@NullMarked
package dev.tallo.worker.deployment;

import org.jspecify.annotations.NullMarked;
