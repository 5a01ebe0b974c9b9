package dev.tallo.systemtests;

import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.FaultProxy.Direction;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** All scenarios, in the order they are made. */
final class Scenarios {
  private Scenarios() {}

  static List<Scenario> all() {
    return List.of(
        scenario("worker-killed", "kill -9 of a worker", Scenarios::workerKilled),
        scenario(
            "routing-killed",
            "kill -9 of the routing service",
            trial -> killed(trial, trial.system().routing())),
        scenario(
            "producer-killed",
            "kill -9 of the producer, started again on its history",
            trial -> killed(trial, trial.system().producer())),
        new SchedulerKilled(),
        scenario("broker-restarted", "the broker is stopped and started", Scenarios::restarted),
        scenario("broker-killed", "kill -9 of the broker, started again", Scenarios::brokerKilled),
        scenario(
            "connections-closed", "the broker closes all connections", Scenarios::disconnected),
        scenario(
            "network-swallowed",
            "one direction of a service's link is swallowed, then reset",
            Scenarios::swallowed),
        scenario(
            "half-open",
            "a worker, then the broker, is stopped with its links open (SIGSTOP)",
            Scenarios::halfOpen),
        scenario("queue-deleted", "the queue is deleted under its consumers", Scenarios::deleted),
        scenario("memory-alarm", "the broker's memory alarm", Scenarios::blocked),
        scenario("workers-rolled", "SIGTERM to one worker after another", Scenarios::rolled),
        scenario("store-locked", "another program locks the history", Scenarios::locked),
        new DiskFull(),
        new TwoProducers(),
        new CarelessAcknowledgement());
  }

  /** Makes the faults of a scenario. */
  private interface Faults {
    void make(Trial trial) throws Exception;
  }

  private record Plain(String name, String faults, Faults body) implements Scenario {
    @Override
    public void make(Trial trial) throws Exception {
      body.make(trial);
    }
  }

  private static Scenario scenario(String name, String faults, Faults body) {
    return new Plain(name, faults, body);
  }

  private static void killed(Trial trial, Service service) throws Exception {
    trial.rounds(
        1,
        round -> {
          trial.fault("kill -9 " + service.name());
          service.kill();
          service.start().ready();
          trial.recovered();
        });
  }

  private static void workerKilled(Trial trial) throws Exception {
    List<Service> workers = trial.system().workers();
    trial.rounds(
        1,
        round -> {
          Service worker = workers.get(round % workers.size());
          trial.fault("kill -9 " + worker.name());
          worker.kill();
          worker.start().ready();
          trial.recovered();
        });
  }

  private static void restarted(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          trial.fault("stopping and starting the broker");
          trial.system().broker().stop();
          trial.system().broker().restart();
          trial.recovered();
        });
  }

  private static void brokerKilled(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          trial.fault("kill -9 the broker");
          trial.system().broker().kill();
          trial.system().broker().restart();
          trial.recovered();
        });
  }

  private static void disconnected(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          trial.fault("closing all connections");
          trial.system().broker().closeAllConnections();
          trial.recovered();
        });
  }

  /** Each link in each direction; the short form does with three of the six. */
  private static void swallowed(Trial trial) throws Exception {
    List<FaultProxy> links = trial.system().links();
    trial.rounds(
        links.size(),
        round -> {
          FaultProxy link = links.get(round % links.size());
          boolean toBroker = (round + round / links.size()) % 2 == 0;
          trial.fault("swallowing a link's bytes " + (toBroker ? "to" : "from") + " the broker");
          link.swallow(toBroker ? Direction.TO_BROKER : Direction.TO_CLIENT);
          Waiting.hold(round < links.size() ? trial.lasting() : trial.lastingLong());
          // A stream with a gap is of no use to anyone: it ends before anything passes again.
          link.refuse();
          link.reset();
          link.pass();
          trial.recovered();
        });
  }

  private static void halfOpen(Trial trial) throws Exception {
    List<Service> workers = trial.system().workers();
    trial.rounds(
        1,
        round -> {
          Service worker = workers.get(round % workers.size());
          trial.fault("SIGSTOP " + worker.name());
          worker.suspend();
          try {
            Waiting.hold(trial.lastingLong());
            // It knows nothing of this until it goes on; its tasks are given to others meanwhile.
            trial.system().broker().closeAllConnections();
            trial.recovered();
          } finally {
            worker.resume();
          }
          worker.ready();
          trial.recovered();
          trial.fault("SIGSTOP the broker");
          try {
            trial.system().broker().suspend();
            Waiting.hold(trial.lastingLong());
          } finally {
            trial.system().broker().resume();
          }
          trial.recovered();
        });
  }

  /**
   * What lies in a queue when it is deleted is gone, by the wish of whoever deletes it. So the
   * queue is empty when it goes, and everything that is accepted from then on, also before the
   * queue is back, has to finish.
   */
  private static void deleted(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          trial.quiet();
          trial.fault("deleting the queue");
          trial
              .system()
              .broker()
              .deleteQueue(trial.system().brokerAddress(), SystemUnderTest.QUEUE);
          trial.load().resume();
          trial.recovered();
        });
  }

  private static void blocked(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          trial.fault("memory alarm");
          trial.system().broker().blockPublishers();
          try {
            trial.refusedNow();
            Waiting.hold(trial.lasting());
          } finally {
            trial.system().broker().unblockPublishers();
          }
          trial.recovered();
        });
  }

  private static void rolled(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          for (Service worker : trial.system().workers()) {
            trial.fault("SIGTERM " + worker.name());
            worker.terminate();
            worker.start().ready();
          }
          trial.recovered();
        });
  }

  private static void locked(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          try (Connection other =
                  DriverManager.getConnection(
                      "jdbc:sqlite:" + trial.system().historyFile() + "?busy_timeout=30000");
              Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            trial.fault("the history is locked");
            trial.refusedNow();
            // Longer than the producer waits for the lock by itself, 10 s.
            Waiting.hold(trial.lasting().plusSeconds(8));
            statement.execute("ROLLBACK");
          }
          trial.recovered();
        });
  }

  /** The history's file system has no room left, and then it has again. */
  private static final class DiskFull implements Scenario {
    @Override
    public String name() {
      return "disk-full";
    }

    @Override
    public String faults() {
      return "the disk of the history is full";
    }

    @Override
    public Optional<String> impossible(SystemUnderTest system) {
      return system.disk().isPresent() ? Optional.empty() : Optional.of(system.noDisk());
    }

    @Override
    public void make(Trial trial) throws Exception {
      Disk disk = trial.system().disk().orElseThrow();
      trial.rounds(
          1,
          round -> {
            trial.fault("filling the disk");
            try {
              disk.fill();
              trial.refusedNow();
              Waiting.hold(trial.lasting());
            } finally {
              disk.free();
            }
            trial.recovered();
          });
    }
  }
}
