package dev.tallo.producer.batch;

import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.producer.HttpConfig;
import dev.tallo.producer.submit.Submission;
import dev.tallo.producer.submit.SubmitException;
import dev.tallo.producer.submit.Submitter;
import dev.tallo.producer.submit.TaskRequest;
import dev.tallo.producer.submit.TaskRequestReader;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/**
 * Takes many tasks in one upload. Reads on the caller's thread, which should be a virtual one, and
 * submits in chunks: while the first is being stored and published the next ones are read, up to
 * {@value #CHUNKS_UNDER_WAY}; then the upload waits. What is held is thus bounded, whatever the
 * upload's length, but for the answers.
 */
@Singleton
public class BatchUpload {
  private static final int CHUNK_TASKS = 500;
  private static final int CHUNK_BYTES = 256 * 1024;
  private static final int CHUNKS_UNDER_WAY = 4;

  /** How the tasks of an upload are set apart. */
  public enum Format {
    /** A task a line. */
    NDJSON(TaskSplitter.Format.LINES),
    /** A JSON array of tasks. */
    ARRAY(TaskSplitter.Format.ARRAY);

    private final TaskSplitter.Format split;

    Format(TaskSplitter.Format split) {
      this.split = split;
    }
  }

  /** A line of the upload: a task of the chunk, or refused before it could be one. */
  private record Line(int number, Optional<SubmitException> refused) {}

  private record Chunk(List<Line> lines, CompletionStage<List<Submission>> submissions) {}

  private final Submitter submitter;
  private final TaskRequestReader reader;
  private final HttpConfig config;
  private final Semaphore uploads;

  BatchUpload(Submitter submitter, TaskRequestReader reader, HttpConfig config) {
    this.submitter = submitter;
    this.reader = reader;
    this.config = config;
    uploads = new Semaphore(config.maxUploads());
  }

  /**
   * Submits the tasks of an upload and returns the answers when it has ended.
   *
   * @throws SubmitException.Unavailable at once, when nothing can be submitted now
   * @throws SubmitException.InvalidTask when it does not even begin as the format says
   * @throws IOException when the upload breaks off; what was read before is submitted
   */
  public BatchAnswers take(InputStream upload, Format format) throws IOException {
    Optional<SubmitException.Unavailable> away = submitter.unavailable();
    if (away.isPresent()) {
      throw away.get();
    }
    if (!uploads.tryAcquire()) {
      throw SubmitException.Unavailable.notTaken(
          config.maxUploads() + " batches are being uploaded already (tallo.http.max-uploads)");
    }
    try {
      return new Reading(upload, format).all();
    } finally {
      uploads.release();
    }
  }

  /** One upload. */
  private final class Reading {
    private final InputStream upload;
    private final TaskSplitter splitter;
    private final BatchAnswers answers = new BatchAnswers();
    private final Deque<Chunk> underWay = new ArrayDeque<>();
    private List<Line> lines = new ArrayList<>();
    private List<TaskRequest> requests = new ArrayList<>();
    private int bytes;
    private int tasks;

    Reading(InputStream upload, Format format) {
      this.upload = upload;
      splitter = new TaskSplitter(upload, format.split, config.maxTaskBytes());
    }

    BatchAnswers all() throws IOException {
      for (Optional<TaskSplitter.Part> part = splitter.next();
          part.isPresent();
          part = splitter.next()) {
        if (tasks == 0 && part.get() instanceof TaskSplitter.Malformed(int n, String message)) {
          throw new SubmitException.InvalidTask("body", message);
        }
        if (++tasks > config.maxBatch()) {
          submit();
          answerAll();
          answers.add(tooMany(part.get().number()));
          upload.transferTo(OutputStream.nullOutputStream());
          return answers;
        }
        take(part.get());
      }
      submit();
      answerAll();
      return answers;
    }

    private void take(TaskSplitter.Part part) {
      Optional<SubmitException> refused = Optional.empty();
      try {
        switch (part) {
          case TaskSplitter.Task(int n, byte[] buffer, int offset, int length) -> {
            requests.add(reader.read(buffer, offset, length));
            bytes += length;
          }
          case TaskSplitter.TooLarge ignored ->
              refused = Optional.of(new SubmitException.TooLarge(config.maxTaskBytes()));
          case TaskSplitter.Malformed(int n, String message) ->
              refused = Optional.of(new SubmitException.InvalidTask("body", message));
        }
      } catch (SubmitException.InvalidTask e) {
        refused = Optional.of(e);
      }
      lines.add(new Line(part.number(), refused));
      if (lines.size() >= CHUNK_TASKS || bytes >= CHUNK_BYTES) {
        submit();
      }
    }

    private void submit() {
      if (lines.isEmpty()) {
        return;
      }
      CompletionStage<List<Submission>> submissions =
          requests.isEmpty()
              ? CompletableFuture.completedStage(List.of())
              : submitter.submitAll(requests);
      underWay.add(new Chunk(lines, submissions));
      lines = new ArrayList<>(CHUNK_TASKS);
      requests = new ArrayList<>(CHUNK_TASKS);
      bytes = 0;
      if (underWay.size() >= CHUNKS_UNDER_WAY) {
        answer(underWay.remove());
      }
    }

    private void answerAll() {
      while (!underWay.isEmpty()) {
        answer(underWay.remove());
      }
    }

    private void answer(Chunk chunk) {
      // Within the deadline of the submission.
      List<Submission> submissions = chunk.submissions.toCompletableFuture().join();
      int next = 0;
      for (Line line : chunk.lines) {
        answers.add(
            line.number,
            line.refused.isPresent()
                ? new Submission.Refused(line.refused.get())
                : submissions.get(next++));
      }
    }

    private Problem tooMany(int line) {
      String message =
          "must be at most %,d tasks (tallo.http.max-batch)".formatted(config.maxBatch());
      return Problem.of(
              "too-large",
              413,
              "The batch is too large",
              "From this line on nothing was submitted: a batch " + message + ".")
          .withErrors(List.of(new FieldError("body", message)))
          .withLine(line);
    }
  }
}
