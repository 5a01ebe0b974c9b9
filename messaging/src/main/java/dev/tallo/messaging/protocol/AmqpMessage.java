package dev.tallo.messaging.protocol;

import com.rabbitmq.client.AMQP;

/**
 * A message as AMQP 0-9-1 carries it.
 *
 * @param properties the content header's properties, {@code headers} among them
 * @param body the content; neither copied nor changed
 */
public record AmqpMessage(AMQP.BasicProperties properties, byte[] body) {}
