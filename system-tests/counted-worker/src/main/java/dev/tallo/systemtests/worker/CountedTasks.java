package dev.tallo.systemtests.worker;

import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Adds, after a while. A run is written down as it begins, by one append to a file that the
 * operating system keeps when this process is killed: no run goes uncounted.
 */
@Singleton
class CountedTasks {
  private final FileChannel runs;

  /**
   * @param file that all workers of a test append to
   */
  CountedTasks(@ConfigProperty(name = "chaos.runs") Path file) throws IOException {
    runs = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** A task whose name the broker is taught. */
  @Task("chaos.add")
  long add(long x, long y, long millis, TaskContext task) throws IOException, InterruptedException {
    return count(x, y, millis, task);
  }

  /** The same under a name that has a rule of its own, so that each passes the routing service. */
  @Task("chaos.add-by-rule")
  long addByRule(long x, long y, long millis, TaskContext task)
      throws IOException, InterruptedException {
    return count(x, y, millis, task);
  }

  private long count(long x, long y, long millis, TaskContext task)
      throws IOException, InterruptedException {
    runs.write(ByteBuffer.wrap((task.id() + "\n").getBytes(StandardCharsets.US_ASCII)));
    Thread.sleep(millis);
    return Math.addExact(x, y);
  }
}
