package dev.tallo.security;

import io.quarkus.arc.DefaultBean;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Writes who did what to the log, in services that have no history. */
@DefaultBean
@Singleton
class LoggedAudit implements Audit {
  private static final Logger LOG = Logger.getLogger("tallo.audit");

  @Override
  public void note(AuditedCall call) {
    LOG.infof(
        "%s from %s: %s %s answered %d",
        call.who(), call.address(), call.method(), call.path(), call.status());
  }
}
