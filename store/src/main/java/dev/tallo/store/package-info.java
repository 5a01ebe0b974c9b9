/**
 * Where a service keeps its data: SQLite in a file of its own, or a schema of its own in
 * PostgreSQL.
 */
@NullMarked
package dev.tallo.store;

import org.jspecify.annotations.NullMarked;
