package dev.tallo.systemtests;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The proof that the count sees loss: a {@link CarelessWorker} among the others is killed. */
final class CarelessAcknowledgement implements Scenario {
  @Override
  public String name() {
    return "count-proved";
  }

  @Override
  public String faults() {
    return "kill -9 of a worker that acknowledges first: here tasks have to be missing";
  }

  @Override
  public boolean loses() {
    return true;
  }

  @Override
  public void make(Trial trial) throws IOException, InterruptedException {
    Process careless =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    CarelessWorker.class.getName(),
                    trial.system().brokerAddress().toString(),
                    SystemUnderTest.QUEUE,
                    trial.system().runs().toString()))
            .redirectErrorStream(true)
            .redirectOutput(Path.of("/dev/null").toFile())
            .start();
    try {
      Waiting.until(
          "the careless worker takes tasks",
          Trial.RECOVERY,
          () -> {
            if (!careless.isAlive()) {
              throw new ChaosException("the careless worker ended by itself");
            }
            return trial.system().consumes(CarelessWorker.TAG);
          });
      trial.recovered();
      trial.fault("kill -9 the careless worker");
    } finally {
      careless.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }
}
