package dev.tallo.producer.batch;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tallo.messaging.protocol.State;
import dev.tallo.problem.Problem;
import dev.tallo.producer.problem.SubmitProblems;
import dev.tallo.producer.submit.Submission;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The answers to a batch as NDJSON, a line per task in order. They wait here until the upload has
 * ended: about 90 bytes for a task that was taken.
 */
public final class BatchAnswers {
  /** A line about a task that was not taken. */
  @RegisterForReflection
  @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
  record ErrorLine(Problem error) {}

  private static final ObjectWriter ERRORS =
      JsonMapper.builder().build().writerFor(ErrorLine.class);
  private static final byte[] ID = ascii("{\"id\":\"");
  private static final byte[] STATE = ascii("\",\"state\":\"");
  private static final byte[] TASK = ascii("\",\"task\":\"");
  private static final byte[] DUPLICATE_END = ascii("\",\"duplicate\":true}\n");
  private static final byte[] SPOOLED_END = ascii("\",\"spooled\":true}\n");
  private static final byte[] LINE_END = ascii("\"}\n");

  private final ByteArrayOutputStream lines = new ByteArrayOutputStream(64 * 1024);

  void add(int number, Submission submission) {
    switch (submission) {
      case Submission.Accepted(String id, String task, boolean spooled) ->
          add(id, State.PENDING, task, spooled ? SPOOLED_END : LINE_END);
      case Submission.Replayed(String id, String task) -> add(id, State.PENDING, task, LINE_END);
      case Submission.Duplicate(String id, String task, State state) ->
          add(id, state, task, DUPLICATE_END);
      case Submission.Refused refused -> add(SubmitProblems.of(refused.why()).withLine(number));
    }
  }

  /** None of these has a character that JSON would want escaped. */
  private void add(String id, State state, String task, byte[] end) {
    lines.writeBytes(ID);
    lines.writeBytes(ascii(id));
    lines.writeBytes(STATE);
    lines.writeBytes(ascii(state.name()));
    lines.writeBytes(TASK);
    lines.writeBytes(ascii(task));
    lines.writeBytes(end);
  }

  void add(Problem problem) {
    try {
      lines.writeBytes(ERRORS.writeValueAsBytes(new ErrorLine(problem)));
      lines.write('\n');
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a problem can always be written", e);
    }
  }

  /** Writes all lines. */
  public void writeTo(OutputStream out) throws IOException {
    lines.writeTo(out);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
