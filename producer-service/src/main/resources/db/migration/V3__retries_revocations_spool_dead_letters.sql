-- How the request wants the task to be retried: pauses in milliseconds, names of exceptions with
-- commas between them. next_attempt is when a task in state RETRY is due again.
ALTER TABLE task ADD COLUMN retry_backoff BIGINT;
ALTER TABLE task ADD COLUMN retry_backoff_max BIGINT;
ALTER TABLE task ADD COLUMN retry_on TEXT;
ALTER TABLE task ADD COLUMN give_up_on TEXT;
ALTER TABLE task ADD COLUMN next_attempt BIGINT;

-- The task that this one runs again.
ALTER TABLE task ADD COLUMN retry_of TEXT;

-- 1 while the end is not a worker's word, or the task was sent again since: what comes next counts.
ALTER TABLE task ADD COLUMN provisional INTEGER;

ALTER TABLE task ADD COLUMN revoke_requested BIGINT;
ALTER TABLE task ADD COLUMN revoke_terminate INTEGER;

-- A task that waits here for the broker: what it waits behind, and 1 while it certainly was not
-- published, 2 when it may have been.
ALTER TABLE task ADD COLUMN spool_key TEXT;
ALTER TABLE task ADD COLUMN spooled INTEGER;

CREATE INDEX task_by_spool ON task (spool_key, seq) WHERE spool_key IS NOT NULL;
CREATE INDEX task_by_revocation ON task (seq) WHERE revoke_requested IS NOT NULL;

-- Work that one replica does at a time.
CREATE TABLE lease (
  name       TEXT PRIMARY KEY,
  holder     TEXT NOT NULL,
  held_until BIGINT NOT NULL
);

-- seq is the time at which it was taken, made unique as that of a task is. properties is JSON.
-- fingerprint tells a message that is delivered again from another one.
CREATE TABLE dead_letter (
  seq           ${sequence-type} PRIMARY KEY,
  fingerprint   TEXT NOT NULL UNIQUE,
  source        TEXT NOT NULL,
  queue         TEXT NOT NULL,
  task          TEXT,
  task_id       TEXT,
  reason        TEXT NOT NULL,
  detail        TEXT,
  buried_by     TEXT,
  died_at       BIGINT NOT NULL,
  exchange      TEXT NOT NULL,
  routing_key   TEXT NOT NULL,
  properties    TEXT NOT NULL,
  body          ${bytes-type} NOT NULL,
  body_size     BIGINT NOT NULL,
  size          BIGINT NOT NULL,
  claimed_until BIGINT
);

CREATE INDEX dead_letter_by_source ON dead_letter (source, seq);
CREATE INDEX dead_letter_by_queue ON dead_letter (queue, seq);
CREATE INDEX dead_letter_by_task ON dead_letter (task, seq);
CREATE INDEX dead_letter_by_task_id ON dead_letter (task_id);
CREATE INDEX dead_letter_by_reason ON dead_letter (reason, seq);
