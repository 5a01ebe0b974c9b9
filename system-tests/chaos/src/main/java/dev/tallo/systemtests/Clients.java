package dev.tallo.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The clients of the scenarios. */
final class Clients {
  private static final int BATCH = 400;
  private static final int BATCH_CLIENTS = 2;
  private static final int SINGLE_CLIENTS = 6;
  private static final int KEY_CLIENTS = 8;
  private static final int LONGEST_MILLIS = 500;

  private Clients() {}

  /** A task to submit: its body, and the result that it has to have. */
  private record Sum(String body, long result) {
    /** A sum of two numbers that takes a moment; half of them pass the routing service. */
    static Sum random(Optional<String> id) {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      int x = random.nextInt(1_000_000);
      int y = random.nextInt(1_000_000);
      String body =
          "{%s\"task\":\"%s\",\"args\":[%d,%d,%d]}"
              .formatted(
                  id.map(one -> "\"id\":\"" + one + "\",").orElse(""),
                  random.nextBoolean() ? "chaos.add" : "chaos.add-by-rule",
                  x,
                  y,
                  random.nextInt(LONGEST_MILLIS));
      return new Sum(body, (long) x + y);
    }
  }

  private record Steady(Supplier<Submitters.Attempt> attempts) implements Submitters.Client {
    @Override
    public Submitters.Attempt next() {
      return attempts.get();
    }

    @Override
    public boolean steady() {
      return true;
    }
  }

  /** Batches and singles, each task under an id that its client chose. */
  static List<Submitters.Client> byId(Api api, Ledger ledger) {
    return Stream.concat(
            IntStream.range(0, BATCH_CLIENTS)
                .mapToObj(i -> (Submitters.Client) () -> batch(api, ledger)),
            IntStream.range(0, SINGLE_CLIENTS).mapToObj(i -> new Steady(() -> single(api, ledger))))
        .toList();
  }

  private static Submitters.Attempt single(Api api, Ledger ledger) {
    String id = UUID.randomUUID().toString();
    Sum sum = Sum.random(Optional.of(id));
    return () -> {
      Api.Answer answer = api.submit(sum.body());
      // 409: an earlier attempt was accepted after all, since nobody else has this id.
      boolean accepted = answer.status() == 202 || answer.status() == 409;
      if (accepted) {
        ledger.accepted(id, sum.result());
      } else {
        mayOnlyBe503(answer.status(), answer.body(), ledger);
      }
      return accepted;
    };
  }

  private static Submitters.Attempt batch(Api api, Ledger ledger) {
    Map<String, Sum> left = new LinkedHashMap<>();
    for (int i = 0; i < BATCH; i++) {
      String id = UUID.randomUUID().toString();
      left.put(id, Sum.random(Optional.of(id)));
    }
    return () -> {
      List<String> ids = new ArrayList<>(left.keySet());
      StringBuilder lines = new StringBuilder();
      left.values().forEach(sum -> lines.append(sum.body()).append('\n'));
      Api.Answer answer = api.submitBatch(lines.toString());
      if (answer.status() != 200) {
        mayOnlyBe503(answer.status(), answer.body(), ledger);
        return false;
      }
      List<String> answers = answer.body().lines().toList();
      if (answers.size() != ids.size()) {
        ledger.problem(answers.size() + " answers to a batch of " + ids.size());
        return false;
      }
      for (int i = 0; i < ids.size(); i++) {
        JsonNode line = Api.Answer.json(answers.get(i));
        int status = line.has("id") ? 202 : line.path("error").path("status").asInt();
        if (status == 202 || status == 409) {
          ledger.accepted(ids.get(i), left.remove(ids.get(i)).result());
        } else {
          mayOnlyBe503(status, answers.get(i), ledger);
        }
      }
      return left.isEmpty();
    };
  }

  /** Each task at two replicas at once, under one idempotency key; both have to name one id. */
  static List<Submitters.Client> byKey(Api one, Api two, Ledger ledger) {
    return IntStream.range(0, KEY_CLIENTS)
        .mapToObj(i -> (Submitters.Client) () -> keyed(one, two, ledger))
        .toList();
  }

  private static Submitters.Attempt keyed(Api one, Api two, Ledger ledger) {
    String key = UUID.randomUUID().toString();
    Sum sum = Sum.random(Optional.empty());
    KeyedTask task = new KeyedTask(key, sum.body(), sum.result(), ledger);
    return () -> task.atBoth(one, two);
  }

  static void mayOnlyBe503(int status, String body, Ledger ledger) {
    if (status != 503) {
      ledger.problem("a submit was answered " + status + ": " + body);
    }
  }
}
