-- The rules in force, in order, as the API shows them. Replaces the rules that knew names only, which
-- came from the configuration and come from there again.
CREATE TABLE route (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  origin TEXT NOT NULL, -- configuration or api
  definition TEXT NOT NULL, -- JSON
  version BIGINT NOT NULL, -- of the rules when it was last changed
  changed_at BIGINT NOT NULL -- milliseconds since 1970
);

DROP TABLE rule;

-- One row: the number of the last turn of changing rules and bindings. Who writes shows it.
CREATE TABLE binding_writer (
  epoch BIGINT NOT NULL
);

INSERT INTO binding_writer (epoch) VALUES (0);

ALTER TABLE learned_binding RENAME COLUMN pattern TO rule; -- the id of the rule that decided

ALTER TABLE learned_binding ADD COLUMN learned_at BIGINT NOT NULL DEFAULT 0; -- milliseconds since 1970

UPDATE learned_binding SET learned_at = last_passed;

-- Rate limits: when the next task of a bucket may go on. A time that has passed says nothing, and its
-- row is deleted.
CREATE TABLE rate_limit (
  bucket TEXT PRIMARY KEY,
  next_at BIGINT NOT NULL -- microseconds since 1970
);

CREATE INDEX rate_limit_next_at ON rate_limit (next_at);
