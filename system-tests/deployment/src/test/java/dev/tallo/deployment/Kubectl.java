package dev.tallo.deployment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** kubectl, of which only what renders manifests is used: no cluster is asked. */
final class Kubectl {
  private static final long DEADLINE_SECONDS = 60;

  private Kubectl() {}

  /** What {@code kubectl kustomize} makes of a folder. */
  static String kustomize(Path folder) {
    String kubectl = Optional.ofNullable(System.getenv("TALLO_KUBECTL")).orElse("kubectl");
    try {
      Path errors = Files.createTempFile("kubectl", ".err");
      try {
        Process process =
            new ProcessBuilder(List.of(kubectl, "kustomize", folder.toString()))
                .redirectError(errors.toFile())
                .start();
        String rendered;
        try (InputStream output = process.getInputStream()) {
          rendered = new String(output.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("kubectl kustomize " + folder + " does not end");
        }
        if (process.exitValue() != 0) {
          throw new AssertionError(
              "kubectl kustomize " + folder + " failed: " + Files.readString(errors));
        }
        return rendered;
      } finally {
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "kubectl 1.27 or newer is needed, as kubectl on the PATH or named by TALLO_KUBECTL;"
              + " ./tallo test fetches it",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
