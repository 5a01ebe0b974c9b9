package dev.tallo.worker.registry;

import io.quarkus.runtime.RuntimeValue;
import io.quarkus.runtime.annotations.Recorder;
import java.util.List;

/** Writes the registry into the application's static start-up code. */
@Recorder
public class TaskRecorder {

  /** The registry of these tasks. */
  public RuntimeValue<TaskRegistry> registry(List<TaskDefinition> tasks) {
    return new RuntimeValue<>(new TaskRegistry(tasks));
  }
}
