package dev.tallo.producer.history;

class PostgresAuditIT extends AuditStoreContract {
  @Override
  TestStore open() {
    return TestStore.postgresql();
  }
}
