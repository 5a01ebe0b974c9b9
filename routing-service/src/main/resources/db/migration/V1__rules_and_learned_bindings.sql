-- The versions that the rules have had. The highest is in force, and fences what is learned.
CREATE TABLE rule_set (
  version BIGINT PRIMARY KEY,
  active_since BIGINT NOT NULL -- milliseconds since 1970
);

-- The rules in force, in order.
CREATE TABLE rule (
  position INTEGER PRIMARY KEY,
  pattern TEXT NOT NULL,
  queue TEXT NOT NULL,
  priority INTEGER -- 0 to 255; none: the sender's
);

-- What the broker was taught: task names bound to their queue. Written before the binding is made and
-- deleted after it is undone, so that no binding exists that is not here.
CREATE TABLE learned_binding (
  task TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  pattern TEXT NOT NULL, -- of the rule that decided
  rule_version BIGINT NOT NULL,
  last_passed BIGINT NOT NULL -- milliseconds since 1970: when a message of the name last came by
);

CREATE INDEX learned_binding_last_passed ON learned_binding (last_passed);
