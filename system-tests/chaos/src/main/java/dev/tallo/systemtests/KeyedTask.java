package dev.tallo.systemtests;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A task that two replicas are asked for at the same time, under one idempotency key. */
final class KeyedTask {
  private final String key;
  private final String body;
  private final long result;
  private final Ledger ledger;
  private Optional<String> atOne = Optional.empty();
  private Optional<String> atTwo = Optional.empty();

  KeyedTask(String key, String body, long result, Ledger ledger) {
    this.key = key;
    this.body = body;
    this.result = result;
    this.ledger = ledger;
  }

  /** Asks those that have not accepted it yet, at once; true when both have. */
  boolean atBoth(Api one, Api two) {
    CompletableFuture<Optional<String>> first = ask(one, atOne);
    CompletableFuture<Optional<String>> second = ask(two, atTwo);
    atOne = accepted(first);
    atTwo = accepted(second);
    if (atOne.isEmpty() || atTwo.isEmpty()) {
      return false;
    }
    if (!atOne.equals(atTwo)) {
      ledger.problem("one idempotency key gave two tasks: " + atOne.get() + ", " + atTwo.get());
    }
    return true;
  }

  private Optional<String> accepted(CompletableFuture<Optional<String>> answer) {
    try {
      Optional<String> id = answer.join();
      id.ifPresent(one -> ledger.accepted(one, result));
      return id;
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException unanswered) {
        ledger.refused();
        return Optional.empty();
      }
      throw e;
    }
  }

  private CompletableFuture<Optional<String>> ask(Api replica, Optional<String> known) {
    CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
    if (known.isPresent()) {
      answer.complete(known);
      return answer;
    }
    Thread.startVirtualThread(
        () -> {
          try {
            answer.complete(id(replica.submit(body, key)));
          } catch (IOException | InterruptedException | RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  /** 409: the other replica's request is still being answered. */
  private Optional<String> id(Api.Answer answer) {
    if (answer.status() == 202) {
      return Optional.of(Api.Answer.json(answer.body()).path("id").asText());
    }
    if (answer.status() != 409) {
      Clients.mayOnlyBe503(answer.status(), answer.body(), ledger);
    }
    return Optional.empty();
  }
}
