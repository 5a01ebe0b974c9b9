-- Who did what. seq is the time at which it was answered, made unique as that of a task is; role is the
-- least that the call needs. Neither query nor body is kept.
CREATE TABLE audit (
  seq      ${sequence-type} PRIMARY KEY,
  who      TEXT NOT NULL,
  role     TEXT NOT NULL,
  address  TEXT NOT NULL,
  method   TEXT NOT NULL,
  path     TEXT NOT NULL,
  status   INTEGER NOT NULL,
  location TEXT
);

CREATE INDEX audit_by_who ON audit (who, seq);
CREATE INDEX audit_by_path ON audit (path, seq);
CREATE INDEX audit_by_role ON audit (role, seq);
