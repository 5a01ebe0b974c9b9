-- Not before eta; limits as the request has them, times in milliseconds.
ALTER TABLE task ADD COLUMN eta BIGINT;
ALTER TABLE task ADD COLUMN max_retries INTEGER;
ALTER TABLE task ADD COLUMN time_limit BIGINT;
ALTER TABLE task ADD COLUMN soft_time_limit BIGINT;

-- Who is told of the end. callback_due is the time of the end until the callback was sent, then 0.
ALTER TABLE task ADD COLUMN callback_url TEXT;
ALTER TABLE task ADD COLUMN callback_due BIGINT;

-- One task per key. claimed_until is null once the broker has the task; before, it says until when
-- the request that stored it may be publishing it.
ALTER TABLE task ADD COLUMN idempotency_key TEXT;
ALTER TABLE task ADD COLUMN fingerprint TEXT;
ALTER TABLE task ADD COLUMN claimed_until BIGINT;

-- How far the attempt that runs has come, as it says itself.
ALTER TABLE task ADD COLUMN progress_done DOUBLE PRECISION;
ALTER TABLE task ADD COLUMN progress_total DOUBLE PRECISION;
ALTER TABLE task ADD COLUMN progress_note TEXT;
ALTER TABLE task ADD COLUMN progress_at BIGINT;

-- What the row takes, in characters, about.
ALTER TABLE task ADD COLUMN size BIGINT;

CREATE UNIQUE INDEX task_by_idempotency_key ON task (idempotency_key)
  WHERE idempotency_key IS NOT NULL;

CREATE INDEX task_by_due_callback ON task (callback_due) WHERE callback_due > 0;

-- Who holds a unique key: the task, while it has not ended, until held_until at the latest.
CREATE TABLE unique_task (
  name       TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  task_id    TEXT NOT NULL,
  held_until BIGINT NOT NULL,
  PRIMARY KEY (name, unique_key)
);
