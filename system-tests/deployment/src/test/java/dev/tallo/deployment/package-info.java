/** Checks what Tallo is deployed with: manifests, docker-compose.yml, Procfile. */
@NullMarked
package dev.tallo.deployment;

import org.jspecify.annotations.NullMarked;
