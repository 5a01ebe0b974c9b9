-- seq is the time of submission in microseconds since 1970, times 1024, made unique: rows are
-- appended in its order, and "newest first" needs no index of its own.
-- Times are microseconds since 1970; args, kwargs, headers and result are JSON text.
CREATE TABLE task (
  seq           ${sequence-type} PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  name          TEXT,
  state         TEXT NOT NULL,
  queue         TEXT,
  priority      INTEGER,
  args          TEXT,
  kwargs        TEXT,
  headers       TEXT,
  expires       BIGINT,
  ignore_result INTEGER,
  retries       INTEGER,
  worker        TEXT,
  received      BIGINT,
  started       BIGINT,
  finished      BIGINT,
  result        TEXT,
  error_type    TEXT,
  error_message TEXT,
  traceback     TEXT,
  parent_id     TEXT,
  root_id       TEXT,
  group_id      TEXT
);

CREATE INDEX task_by_name ON task (name, seq);

-- Most tasks succeed and are then of no interest by state: the index holds only the others.
CREATE INDEX task_by_state ON task (state, seq) WHERE state <> 'SUCCESS';

CREATE INDEX task_by_queue ON task (queue, seq) WHERE queue IS NOT NULL;
