-- All times are milliseconds since 1970; all JSON is text, which keeps it as it was written. Words and ids compare by
-- their bytes (COLLATE "C"), as they do in JavaScript and in the other stores.

CREATE TABLE idempotency_keys (
  scope TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- `due_at` is when the row may be claimed (again); a claim moves it to the end of its lease.
CREATE TABLE outbox_events (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic TEXT NOT NULL,
  job_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX outbox_events_by_job ON outbox_events (job_id, id);
CREATE INDEX outbox_events_due ON outbox_events (due_at, id);
CREATE INDEX outbox_events_turn ON outbox_events (owner_id, due_at, id);

-- One row that `check` writes and reads, to see that the database takes writes.
CREATE TABLE store_check (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  writes BIGINT NOT NULL
) WITH (fillfactor = 10);
INSERT INTO store_check (id, writes) VALUES (1, 0);

-- One row: up to which it is certain that time has gone. See `ports/store/kept-time.ts`.
CREATE TABLE certain_time (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at BIGINT NOT NULL
) WITH (fillfactor = 10);
