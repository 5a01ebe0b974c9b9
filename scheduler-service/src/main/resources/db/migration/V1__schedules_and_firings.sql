-- Times are milliseconds since 1970 throughout.

-- The clock that all replicas go by.
CREATE VIEW store_clock AS SELECT ${now-millis} AS now_millis;

CREATE TABLE schedule (
  name TEXT PRIMARY KEY,
  definition TEXT NOT NULL, -- JSON, as the API takes it
  task TEXT NOT NULL, -- these three from the definition, to be looked for
  queue TEXT,
  kind TEXT NOT NULL,
  source TEXT NOT NULL, -- API, CONFIGURATION
  state TEXT NOT NULL, -- ACTIVE, PAUSED, DISABLED, ENDED
  version BIGINT NOT NULL, -- another one after each change of definition or state; not after a firing
  next_nominal BIGINT, -- the time that is sent next; only while it is active
  next_due BIGINT, -- the same, later by its jitter
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL
);

-- A look ahead costs in proportion to what is due.
CREATE INDEX schedule_next_due ON schedule (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX schedule_ended ON schedule (changed) WHERE state = 'ENDED';

-- A time at which a schedule was due. Claimed by the replica that sends it; when its claim has run
-- out, any replica claims it again.
CREATE TABLE firing (
  schedule TEXT NOT NULL,
  nominal BIGINT NOT NULL,
  kind TEXT NOT NULL, -- SCHEDULED, MISFIRED, MANUAL, BACKFILL
  due BIGINT NOT NULL,
  task_id TEXT NOT NULL,
  state TEXT NOT NULL, -- CLAIMED, SENT, MISSED, SKIPPED, FAILED
  order_json TEXT, -- what is to be sent; while it is claimed
  claimed_by TEXT,
  claimed_until BIGINT NOT NULL,
  settled BIGINT, -- when it was confirmed, or decided that it is not sent
  reason TEXT,
  PRIMARY KEY (schedule, nominal)
);

CREATE INDEX firing_claimed ON firing (claimed_until) WHERE state = 'CLAIMED';
CREATE INDEX firing_due ON firing (due);
