package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
class ConversionIT {
  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  private TaskClient client;

  @BeforeEach
  void connect() throws Exception {
    client = TaskClient.of(address);
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          convert.nested | [[{"a": {"id": "123e4567-e89b-12d3-a456-426614174000", "lines": [{"product": "nut", "price": "1.20"}]}}]] | "[a 2]"
          convert.page | [{"items": [{"product": "nut", "price": 1}, {"product": "bolt", "price": 2}], "first": {"product": "nut", "price": 1}, "total": 7}] | {"items":["nut","bolt"],"first":"nut","total":7}
          convert.page | [{"items": [], "total": 0}] | {"items":[],"first":null,"total":0}
          convert.optionals | [1, 2, 3.5, ["2026-01-02"]] | ["OptionalInt[1]","OptionalLong[2]","OptionalDouble[3.5]","Optional[[2026-01-02]]"]
          convert.optionals | [] | ["OptionalInt.empty","OptionalLong.empty","OptionalDouble.empty","Optional.empty"]
          convert.optionals | [null, null, null, null] | ["OptionalInt.empty","OptionalLong.empty","OptionalDouble.empty","Optional.empty"]
          convert.times | ["2026-01-02", "03:04:05", "2026-01-02T03:04:05", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+01:00[Europe/Berlin]", "PT1M30S"] | ["2026-01-02","03:04:05","2026-01-02T03:04:05","2026-01-02T03:04:05Z","2026-01-02T03:04:05+02:00","2026-01-02T03:04:05+01:00[Europe/Berlin]","PT1M30S"]
          convert.values | [1.5, 123456789012345678901234567890, "123e4567-e89b-12d3-a456-426614174000", "LARGE", "aGk=", 0.5] | ["1.5","123456789012345678901234567890","123e4567-e89b-12d3-a456-426614174000","LARGE","hi","0.5"]
          convert.shapes | [[{"kind": "circle", "radius": 2}, {"kind": "square", "side": 3}]] | [12.0,9.0]
          """)
  void converts_arguments_to_what_the_method_declares(String name, String args, String result)
      throws Exception {
    expect(name, args, result);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          convert.times | [{"__type__": "date", "__value__": "2026-01-02"}, {"__type__": "time", "__value__": "03:04:05"}, {"__type__": "datetime", "__value__": "2026-01-02T03:04:05"}, {"__type__": "datetime", "__value__": "2026-01-02T03:04:05.250000+00:00"}, {"__type__": "datetime", "__value__": "2026-01-02T03:04:05+02:00"}, {"__type__": "datetime", "__value__": "2026-01-02T03:04:05+00:00"}, 90] | ["2026-01-02","03:04:05","2026-01-02T03:04:05","2026-01-02T03:04:05.250Z","2026-01-02T03:04:05+02:00","2026-01-02T03:04:05Z","PT1M30S"]
          convert.values | [{"__type__": "decimal", "__value__": "0.12345678901234567890"}, 7, {"__type__": "uuid", "__value__": {"hex": "123e4567e89b12d3a456426614174000"}}, "SMALL", {"__type__": "bytes", "__value__": "hi"}, 1] | ["0.12345678901234567890","7","123e4567-e89b-12d3-a456-426614174000","SMALL","hi","1.0"]
          convert.nested | [[{"a": {"id": {"__type__": "uuid", "__value__": {"hex": "123e4567e89b12d3a456426614174000"}}, "lines": [{"product": "nut", "price": {"__type__": "decimal", "__value__": "1.200"}}]}}]] | "[a 3]"
          """)
  void converts_celerys_typed_values(String name, String args, String result) throws Exception {
    expect(name, args, result);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          result.shapes | [] | [{"kind":"circle","radius":1.0},{"kind":"square","side":2.0}]
          result.shape | [] | {"kind":"circle","radius":1.0}
          result.optional | [true] | {"product":"nut","price":1.25}
          result.optional | [false] | null
          result.optional-long | [] | 1099511627776
          result.bytes | [] | "/wA="
          result.times | [] | {"2026-01-02":"2026-01-02T03:04:05+02:00"}
          result.size | [] | "LARGE"
          result.not-a-number | [] | NaN
          """)
  void writes_results_of_any_type(String name, String args, String result) throws Exception {
    Outcome outcome = client.run(task(name, args));

    assertThat(CeleryJson.MAPPER.writeValueAsString(outcome.result().result())).isEqualTo(result);
  }

  private void expect(String name, String args, String result) throws Exception {
    Outcome outcome = client.run(task(name, args));

    assertThat(outcome.result().exception()).isEmpty();
    assertThat(outcome.result().result()).isEqualTo(CeleryJson.MAPPER.readTree(result));
  }
}
