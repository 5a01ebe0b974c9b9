package com.acme;

import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import java.time.Duration;

class Greetings {
  record Person(String name, int age) {}

  record Greeting(String text, String task) {}

  @Task("acme.greet")
  Greeting greet(Person person, TaskContext context) {
    return new Greeting("Hello " + person.name() + ", " + person.age() + "!", context.id());
  }

  @Task("acme.slow")
  String slow(Duration duration) throws InterruptedException {
    Thread.sleep(duration);
    return "done";
  }

  @Task("acme.fails")
  String fails(Duration after) throws InterruptedException {
    Thread.sleep(after);
    throw new IllegalStateException("not today");
  }

  @Task("acme.class-loader")
  boolean hasTheApplicationsClassLoader() {
    return Thread.currentThread().getContextClassLoader() == Greetings.class.getClassLoader();
  }
}
