package dev.tallo.messaging.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Shared<String, Integer> shared = new Shared<>();
  private final AtomicInteger runs = new AtomicInteger();
  private CompletableFuture<Integer> end = new CompletableFuture<>();

  private Uni<Integer> work() {
    runs.incrementAndGet();
    return Uni.createFrom().completionStage(end);
  }

  private CompletableFuture<Integer> ask(String key) {
    return shared.run(key, this::work).subscribeAsCompletionStage();
  }

  @Test
  void who_asks_while_it_is_under_way_gets_the_same() {
    CompletableFuture<Integer> one = ask("a");
    CompletableFuture<Integer> two = ask("a");
    CompletableFuture<Integer> other = ask("b");
    assertThat(runs).hasValue(2);

    end.complete(7);

    assertThat(one).isCompletedWithValue(7);
    assertThat(two).isCompletedWithValue(7);
    assertThat(other).isCompletedWithValue(7);
  }

  @Test
  void who_asks_later_has_it_done_again() {
    end.complete(7);
    assertThat(ask("a")).isCompletedWithValue(7);
    end = CompletableFuture.completedFuture(8);
    assertThat(ask("a")).isCompletedWithValue(8);
  }

  @Test
  void a_failure_is_everybodys_and_is_not_kept() {
    CompletableFuture<Integer> one = ask("a");
    CompletableFuture<Integer> two = ask("a");
    end.completeExceptionally(new IllegalStateException("made by the test"));
    for (CompletableFuture<Integer> each : List.of(one, two)) {
      assertThatThrownBy(each::join).hasRootCauseMessage("made by the test");
    }
    end = CompletableFuture.completedFuture(8);
    assertThat(ask("a")).isCompletedWithValue(8);
  }

  @Test
  void work_that_cannot_even_begin_fails_too() {
    CompletableFuture<Integer> asked =
        shared
            .run(
                "a",
                () -> {
                  throw new IllegalStateException("made by the test");
                })
            .subscribeAsCompletionStage();
    assertThatThrownBy(asked::join).hasRootCauseMessage("made by the test");
    end = CompletableFuture.completedFuture(8);
    assertThat(ask("a")).isCompletedWithValue(8);
  }

  @Test
  void who_cancels_leaves_the_others_alone() {
    CompletableFuture<Integer> first = ask("a");
    CompletableFuture<Integer> second = ask("a");
    CompletableFuture<Integer> third = ask("a");
    first.cancel(true);
    second.cancel(true);
    end.complete(7);
    assertThat(third).isCompletedWithValue(7);
  }

  /** A chain that subscribes at the moment of the end gets its own item and no other's. */
  @Test
  void many_may_ask_at_the_very_end() throws Exception {
    int askers = 4;
    CyclicBarrier together = new CyclicBarrier(askers);
    try (ExecutorService threads = Executors.newFixedThreadPool(askers)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < askers; i++) {
        all.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 2_000; round++) {
                    together.await(60, TimeUnit.SECONDS);
                    String text =
                        Uni.createFrom()
                            .item("an item of its own")
                            .flatMap(
                                own -> shared.run("a", () -> Uni.createFrom().item(own::length)))
                            .map(length -> "length " + length)
                            .await()
                            .atMost(PATIENCE);
                    assertThat(text).isEqualTo("length 18");
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
  }
}
