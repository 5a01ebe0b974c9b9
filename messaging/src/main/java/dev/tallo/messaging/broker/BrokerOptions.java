package dev.tallo.messaging.broker;

import java.time.Duration;
import java.util.List;

/**
 * How to reach the broker and how much may be under way.
 *
 * @param addresses tried in turn, at least one
 * @param service name of the connecting service, part of the connection's name at the broker
 * @param heartbeat interval of AMQP heartbeats, 1 s or more; default 20 s
 * @param connectTimeout of TCP connect, handshake and every request with an answer; default 5 s
 * @param recoveryInterval pause between two attempts to connect; default 1 s
 * @param confirmTimeout after which a publication that the broker did not confirm counts as
 *     unknown; default 30 s
 * @param publishWindow most publications that wait for their confirm; default 4,000
 * @param publishBacklog most publications that wait for the window; default 20,000
 * @param maxInboundBody largest message body that is read whole, in bytes, less than 2<sup>31</sup>
 *     - 1; of a larger one the head is read, see {@link Delivery#wholeSize}; default 64 MiB
 */
public record BrokerOptions(
    List<BrokerAddress> addresses,
    String service,
    Duration heartbeat,
    Duration connectTimeout,
    Duration recoveryInterval,
    Duration confirmTimeout,
    int publishWindow,
    int publishBacklog,
    int maxInboundBody) {

  public BrokerOptions {
    addresses = List.copyOf(addresses);
    require(!addresses.isEmpty(), "addresses: at least one is needed");
    require(!service.isBlank(), "service: a name is needed");
    require(heartbeat.toSeconds() >= 1, "heartbeat: 1 s or more");
    require(connectTimeout.isPositive(), "connectTimeout: must be positive");
    require(recoveryInterval.isPositive(), "recoveryInterval: must be positive");
    require(confirmTimeout.isPositive(), "confirmTimeout: must be positive");
    require(publishWindow >= 1, "publishWindow: 1 or more");
    require(publishBacklog >= 1, "publishBacklog: 1 or more");
    require(
        maxInboundBody >= 1024 && maxInboundBody < Integer.MAX_VALUE,
        "maxInboundBody: 1024 bytes or more, less than 2^31 - 1");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** Options of a service with all defaults but the addresses. */
  public static Builder builder(String service) {
    return new Builder(service);
  }

  /** Collects options; each setter is named like the record's component. */
  public static final class Builder {
    private final String service;
    private List<BrokerAddress> addresses = List.of();
    private Duration heartbeat = Duration.ofSeconds(20);
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration recoveryInterval = Duration.ofSeconds(1);
    private Duration confirmTimeout = Duration.ofSeconds(30);
    private int publishWindow = 4_000;
    private int publishBacklog = 20_000;
    private int maxInboundBody = 64 * 1024 * 1024;

    private Builder(String service) {
      this.service = service;
    }

    /** AMQP URIs separated by commas. */
    public Builder addresses(String commaSeparated) {
      addresses = BrokerAddress.parse(commaSeparated);
      return this;
    }

    public Builder heartbeat(Duration value) {
      heartbeat = value;
      return this;
    }

    public Builder connectTimeout(Duration value) {
      connectTimeout = value;
      return this;
    }

    public Builder recoveryInterval(Duration value) {
      recoveryInterval = value;
      return this;
    }

    public Builder confirmTimeout(Duration value) {
      confirmTimeout = value;
      return this;
    }

    public Builder publishWindow(int value) {
      publishWindow = value;
      return this;
    }

    public Builder publishBacklog(int value) {
      publishBacklog = value;
      return this;
    }

    public Builder maxInboundBody(int bytes) {
      maxInboundBody = bytes;
      return this;
    }

    /**
     * @throws IllegalArgumentException naming the option that is out of bounds
     */
    public BrokerOptions build() {
      return new BrokerOptions(
          addresses,
          service,
          heartbeat,
          connectTimeout,
          recoveryInterval,
          confirmTimeout,
          publishWindow,
          publishBacklog,
          maxInboundBody);
    }
  }
}
