/** A real PostgreSQL for tests. */
@NullMarked
package dev.tallo.testpostgres;

import org.jspecify.annotations.NullMarked;
