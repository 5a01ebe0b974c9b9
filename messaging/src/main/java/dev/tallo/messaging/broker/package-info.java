/**
 * A safe layer on the RabbitMQ Java client, for messages that must not be lost.
 *
 * <p>A {@link dev.tallo.messaging.broker.Broker} keeps one connection to publish and one to consume
 * and opens both again for as long as it lives. Its {@link dev.tallo.messaging.broker.Publisher}
 * answers every publication with what became of it; a {@link dev.tallo.messaging.broker.Consumer}
 * hands out {@link dev.tallo.messaging.broker.Delivery deliveries} and acknowledges what was
 * settled, never what was not. Names and arguments of exchanges and queues are in {@link
 * dev.tallo.messaging.broker.Topology}.
 *
 * <p>Reconnecting is done here rather than by the client's automatic recovery: the first connection
 * needs that loop anyway, and a channel that is never revived cannot confuse delivery tags or
 * publish sequence numbers of two connections.
 */
@NullMarked
package dev.tallo.messaging.broker;

import org.jspecify.annotations.NullMarked;
