package dev.tallo.systemtests;

import dev.tallo.testpostgres.TestPostgres;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * In the place of the one producer two, with their history in PostgreSQL; each task is submitted at
 * both at once, under one idempotency key, while one of them is killed.
 */
final class TwoProducers implements Scenario {
  private List<Service> replicas = List.of();

  @Override
  public String name() {
    return "two-producers";
  }

  @Override
  public String faults() {
    return "one idempotency key at two replicas at once, one of them killed (kill -9)";
  }

  @Override
  public Stage stage(SystemUnderTest system, Ledger ledger, BooleanSupplier room) {
    Map<String, String> store =
        Map.of("tallo.database.url", TestPostgres.shared().newDatabase() + TestPostgres.PATIENTLY);
    Service one = system.producer("producer-pg-1", store);
    Service two = system.producer("producer-pg-2", store);
    replicas = List.of(one, two);
    // The results are for these two now.
    system.producer().terminate();
    replicas.forEach(Service::start);
    replicas.forEach(Service::ready);
    Api first = new Api(one.address());
    Api second = new Api(two.address());
    return new Stage(
        first,
        new Submitters(Clients.byKey(first, second, ledger), room, ledger),
        0,
        () -> {
          replicas.forEach(Service::close);
          system.producer().start().ready();
        });
  }

  @Override
  public void make(Trial trial) throws Exception {
    trial.rounds(
        1,
        round -> {
          Service killed = replicas.get(round % replicas.size());
          trial.fault("kill -9 " + killed.name());
          killed.kill();
          killed.start().ready();
          trial.recovered();
        });
  }
}
