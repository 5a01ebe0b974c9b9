package com.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.acme.Greetings.Greeting;
import com.acme.Greetings.Person;
import dev.tallo.test.TaskRun;
import dev.tallo.test.TaskTester;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.Test;

@QuarkusTest
class GreetingsTest {
  @Inject TaskTester tasks;

  @Test
  void greets_without_a_broker() {
    TaskRun run = tasks.run("acme.greet", new Person("Ada", 36));

    assertEquals(new Greeting("Hello Ada, 36!", run.id()), run.as(Greeting.class));
    assertThrows(
        IllegalStateException.class,
        () -> tasks.task("acme.greet").args(new Person("Ada", 36)).send());
  }
}
