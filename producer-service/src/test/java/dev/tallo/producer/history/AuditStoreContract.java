package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.security.AuditedCall;
import dev.tallo.security.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

abstract class AuditStoreContract {
  private static final Instant T0 = Instant.parse("2026-01-31T12:00:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private History history;
  private AuditStore audit;

  /** An empty store. */
  abstract TestStore open();

  @BeforeEach
  void start() {
    history = new History(open().store(), Clock.systemUTC(), new SimpleMeterRegistry());
    history.start();
    audit = new AuditStore(history);
  }

  @AfterEach
  void stop() {
    history.stop();
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static AuditedCall call(String path, Role role, int second) {
    return new AuditedCall(
        T0.plusSeconds(second),
        "ci",
        role,
        "127.0.0.1",
        "POST",
        path,
        202,
        Optional.of(path + "/made"));
  }

  private void note(AuditedCall... calls) throws Exception {
    done(audit.insert(List.of(calls).stream().map(audit::entry).toList()));
  }

  private List<AuditedCall> all() {
    return audit
        .list(
            new AuditFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                100))
        .await()
        .atMost(PATIENCE)
        .calls();
  }

  @Test
  void a_call_is_kept_as_it_was_and_the_newest_comes_first() throws Exception {
    AuditedCall first = call("/a", Role.SUBMIT, 1);
    AuditedCall second = call("/b", Role.ADMIN, 2);
    note(first, second);
    assertThat(all()).containsExactly(second, first);
  }

  @Test
  void a_call_that_is_stored_again_is_there_once() throws Exception {
    List<AuditStore.Entry> entry = List.of(audit.entry(call("/a", Role.SUBMIT, 1)));
    done(audit.insert(entry));
    done(audit.insert(entry));
    assertThat(all()).hasSize(1);
  }

  @Test
  void what_is_too_old_is_forgotten_some_at_a_time() throws Exception {
    note(
        call("/1", Role.SUBMIT, 1),
        call("/2", Role.ADMIN, 2),
        call("/3", Role.SUBMIT, 3),
        call("/4", Role.SUBMIT, 4));
    assertThat(done(audit.forgetBefore(T0.plusSeconds(4), 2))).isEqualTo(2);
    assertThat(all()).extracting(AuditedCall::path).containsExactly("/4", "/3");
    assertThat(done(audit.forgetBefore(T0.plusSeconds(4), 2))).isEqualTo(1);
    assertThat(done(audit.forgetBefore(T0.plusSeconds(4), 2))).isZero();
    assertThat(all()).extracting(AuditedCall::path).containsExactly("/4");
  }

  @Test
  void the_many_of_one_role_do_not_displace_another() throws Exception {
    note(call("/paused", Role.OPERATE, 0));
    for (int i = 1; i <= 7; i++) {
      note(call("/" + i, Role.SUBMIT, i));
    }
    assertThat(done(audit.forgetExcess(Role.SUBMIT, 3, 2))).isEqualTo(2);
    assertThat(done(audit.forgetExcess(Role.SUBMIT, 3, 100))).isEqualTo(2);
    assertThat(done(audit.forgetExcess(Role.SUBMIT, 3, 100))).isZero();
    assertThat(done(audit.forgetExcess(Role.OPERATE, 3, 100))).isZero();
    assertThat(all()).extracting(AuditedCall::path).containsExactly("/7", "/6", "/5", "/paused");
  }
}
