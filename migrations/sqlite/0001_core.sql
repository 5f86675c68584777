-- All times are milliseconds since 1970; all JSON is text. The same scripts run in a file and, as far as they are
-- needed there, in a Durable Object.
-- Tables with small rows under a natural key are WITHOUT ROWID (one tree instead of two); tables with rows of
-- several hundred bytes are not, since such rows make an index tree deep and every update expensive.

CREATE TABLE idempotency_keys (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- `due_at` is when the row may be claimed (again); null while an older row of its job is there.
-- AUTOINCREMENT, since the id of a row that is done must never name another one.
CREATE TABLE outbox_rows (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL,
  job_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) STRICT;
CREATE INDEX outbox_events_by_job ON outbox_rows (job_id);
CREATE INDEX outbox_events_due ON outbox_rows (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_events_turn ON outbox_rows (owner_id, due_at) WHERE due_at IS NOT NULL;

-- One row that `check` writes and reads, to see that the database takes writes.
CREATE TABLE store_check (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  writes INTEGER NOT NULL
) STRICT;
INSERT INTO store_check (id, writes) VALUES (1, 0);

-- One row: up to which it is certain that time has gone. See `ports/store/kept-time.ts`.
CREATE TABLE certain_time (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
