package dev.tallo.worker.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(RevokedBeforeIT.RevokedBefore.class)
@TestProfile(RevokedBeforeIT.Own.class)
class RevokedBeforeIT {
  public static class Own implements QuarkusTestProfile {}

  /** A broker in which a task waits that was revoked while no worker was there. */
  public static class RevokedBefore implements QuarkusTestResourceLifecycleManager {
    static final String ID = UUID.randomUUID().toString();

    @Override
    public Map<String, String> start() {
      URI vhost = TestBroker.shared().newVhost();
      try (TaskClient before = TaskClient.declaring(vhost.toString(), "default")) {
        for (int i = 0; i < 200; i++) {
          before.command(new ControlCommand.Revoke("other-" + i, false, Instant.now()));
        }
        before.command(new ControlCommand.Revoke(ID, false, Instant.now()));
        before.send(
            TaskMessage.builder(ID, "stubborn.commanded").replyTo(Topology.RESULTS).build());
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      return Map.of(TestBrokerResource.ADDRESSES, vhost.toString());
    }

    @Override
    public void stop() {}
  }

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Test
  void does_not_run_what_was_revoked_while_every_worker_was_down() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      Outcome end = client.outcome(RevokedBefore.ID);

      assertThat(end.result().state()).isEqualTo(State.REVOKED);
      assertThat(end.result().exception().orElseThrow().text()).isEqualTo("revoked");
      assertThat(StubbornTasks.attempts(RevokedBefore.ID)).isZero();
    }
  }
}
