/**
 * The task {@code webhook.deliver}: an HTTP call to a host that the operator allowed, tried until
 * it was answered.
 *
 * <p>Its arguments come from outside, so a worker must not be led to where only it can go. Three
 * things see to that, for the first URL and for every redirect alike: the host is on a list; every
 * address that it resolves to is a public one; and the connection is made to the very address that
 * was checked, so a name that resolves differently a moment later gains nothing.
 */
@NullMarked
package dev.tallo.workerservice.webhook;

import org.jspecify.annotations.NullMarked;
