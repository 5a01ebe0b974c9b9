/**
 * What is on the wire: Celery's task, result and event messages, read and written exactly.
 *
 * <p>A task is a {@link dev.tallo.messaging.protocol.TaskMessage}; {@link
 * dev.tallo.messaging.protocol.TaskCodec} turns it into an AMQP message of Celery's task protocol 2
 * and reads protocol 2, protocol 1 and the hybrid of both. What became of a task is a {@link
 * dev.tallo.messaging.protocol.TaskResult}, or an {@link dev.tallo.messaging.protocol.Outcome}
 * where Tallo's own worker reports to the history; {@link dev.tallo.messaging.protocol.ResultCodec}
 * has both. What happens meanwhile are {@link dev.tallo.messaging.protocol.Event}s, read and
 * written by {@link dev.tallo.messaging.protocol.EventCodec}.
 *
 * <p>All of it is immutable or stateless and may be used from any thread. Nothing that comes from
 * the wire is trusted: a field of the wrong type, a body that inflates without end or a date that
 * is none makes an {@link dev.tallo.messaging.protocol.UndecodableMessageException} that names the
 * field. What is said here stands on the sources of Celery and Kombu ({@code celery/app/amqp.py},
 * {@code celery/worker/strategy.py}, {@code celery/backends/rpc.py}, {@code
 * celery/events/event.py}, {@code kombu/utils/json.py}) and on messages captured from the released
 * Celery, which are the test data of this package.
 */
@NullMarked
package dev.tallo.messaging.protocol;

import org.jspecify.annotations.NullMarked;
