package dev.tallo.messaging.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class BrokerAddressTest {
  @Test
  void reads_every_part() {
    assertThat(BrokerAddress.parse("amqps://u%40x:p%2Fw+@mq.example:5000/my%2Fvhost"))
        .containsExactly(new BrokerAddress("mq.example", 5000, "u@x", "p/w+", "my/vhost", true));
  }

  @Test
  void fills_in_the_defaults() {
    assertThat(BrokerAddress.parse("amqp://a, amqps://b/"))
        .containsExactly(
            new BrokerAddress("a", 5672, "guest", "guest", "/", false),
            new BrokerAddress("b", 5671, "guest", "guest", "/", true));
  }

  @Test
  void refuses_what_is_no_address_without_telling_the_password() {
    for (String wrong :
        new String[] {"", " , ", "http://u:secret@h", "amqp:u:secret", "amqp://u:secret@h h"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> BrokerAddress.parse(wrong))
          .withMessageContaining("amqp://")
          .withMessageNotContaining("secret");
    }
    assertThat(BrokerAddress.parse("amqp://u:secret@h").getFirst().toString())
        .doesNotContain("secret");
  }
}
