/**
 * What the services that own rules and schedules say when a request is wrong: problems as RFC 9457
 * has them, JSON read strictly, and changes guarded by entity tags.
 */
@NullMarked
package dev.tallo.problem;

import org.jspecify.annotations.NullMarked;
