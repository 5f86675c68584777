-- All times are milliseconds since 1970; all JSON is text. The same script runs in a file and in a Durable Object.
-- Tables with small rows under a natural key are WITHOUT ROWID (one tree instead of two); tables with rows of
-- several hundred bytes are not, since such rows make an index tree deep and every update expensive.

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  deadline_at INTEGER,
  items_recorded INTEGER NOT NULL,
  traceparent TEXT,
  fields TEXT NOT NULL
) STRICT;

-- Lists read newest first within one (kind, state) and merge. Open and ended jobs have indexes of their own:
-- the open ones are few, so that the pages which change with every state stay hot, and an ended job is
-- written once into the large ones.
CREATE INDEX jobs_open_by_owner ON jobs (owner_id, kind, state, id) WHERE ended_at IS NULL;
CREATE INDEX jobs_open_by_state ON jobs (kind, state, id) WHERE ended_at IS NULL;
CREATE INDEX jobs_ended_by_owner ON jobs (owner_id, kind, state, id) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_ended_by_state ON jobs (kind, state, id) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_by_deadline ON jobs (deadline_at) WHERE deadline_at IS NOT NULL;

-- How many jobs there are, kept by each commit: counting a million rows for every scrape would take a second.
CREATE TABLE job_counts (
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT NOT NULL,
  -- 1 when jobs in this state have ended.
  ended INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_items (
  job_id TEXT NOT NULL,
  idx INTEGER NOT NULL,
  state TEXT NOT NULL,
  output_key TEXT,
  preview_key TEXT,
  error TEXT,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, idx)
) STRICT, WITHOUT ROWID;

-- `id` is the position in the order of commits; `payload` is the whole event.
CREATE TABLE domain_events (
  id INTEGER PRIMARY KEY,
  occurred_at INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  aggregate_kind TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  correlation_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  payload TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX domain_events_by_aggregate ON domain_events (aggregate_id, sequence);

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  plan TEXT NOT NULL,
  granted INTEGER NOT NULL,
  available INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  active_jobs INTEGER NOT NULL,
  used_rule_slots INTEGER NOT NULL,
  failed_items INTEGER NOT NULL,
  failures_since INTEGER NOT NULL,
  ledger_sequence INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  job_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  state TEXT NOT NULL,
  held INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  movements TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  account_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  job_id TEXT,
  type TEXT NOT NULL,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount INTEGER NOT NULL,
  note TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (account_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  preset_id TEXT,
  concepts TEXT NOT NULL,
  protect TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rules_by_account ON rules (account_id);

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
CREATE TABLE outbox_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL,
  job_id TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) STRICT;
CREATE INDEX outbox_events_by_job ON outbox_events (job_id);
CREATE INDEX outbox_events_due ON outbox_events (due_at) WHERE due_at IS NOT NULL;

-- `due_at`: when a waiting message may be delivered, or when the lease of a leased one ends. A message that is
-- gone (acknowledged or exhausted) stays as a tombstone for a while, so that putting it again changes nothing.
CREATE TABLE queue_messages (
  queue TEXT NOT NULL,
  message_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  -- How long it was put off when that was said: `due_at` is never farther ahead.
  hold_ms INTEGER NOT NULL DEFAULT 0,
  deliveries INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (queue, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_messages_due ON queue_messages (queue, due_at) WHERE state <> 'gone';
CREATE INDEX queue_messages_gone ON queue_messages (due_at) WHERE state = 'gone';

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  roles TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The ids of the keys that it was made with, and its own.
  lineage TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);
CREATE INDEX api_keys_by_age ON api_keys (created_at, id);
CREATE INDEX api_keys_by_lineage ON api_keys (lineage);

CREATE TABLE job_history (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  state TEXT NOT NULL,
  items_total INTEGER NOT NULL,
  items_done INTEGER NOT NULL,
  items_failed INTEGER NOT NULL,
  cost_estimate INTEGER NOT NULL,
  credits_spent INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER NOT NULL,
  error TEXT,
  fields TEXT NOT NULL
) STRICT;

-- The rest of an ended job's history is not written again: its items and its part of the ledger never change, so
-- these are views of them, exactly once by construction. (Measured: as tables they made every lifecycle write a
-- quarter more pages.) The key of an item's photo is in no row: it follows from whose photos the set was made of.

CREATE VIEW job_item_history (job_id, idx, state, input_key, output_key, preview_key, error, recorded_at) AS
SELECT p.job_id, p.idx, p.state,
  CASE l.kind WHEN 'image-set' THEN 'inputs/' || l.owner_id || '/' ||
    coalesce(json_extract(l.fields, '$.inputs.jobId'), l.job_id) || '/' ||
    coalesce(json_extract(l.fields, '$.inputs.items[' || p.idx || ']'), p.idx) || '.jpg' END,
  p.output_key, p.preview_key, p.error, p.recorded_at
FROM job_history l JOIN (
  SELECT job_id, idx, state, output_key, preview_key, error, recorded_at FROM job_items
  UNION ALL
  -- Items without a result: as many positions as the job has items (an array of so many zeros), less those recorded.
  SELECT u.job_id, z.key, 'unfinished', NULL, NULL, NULL, NULL
  FROM job_history u, json_each('[' || rtrim(replace(hex(zeroblob(u.items_total)), '00', '0,'), ',') || ']') z
  WHERE u.items_done + u.items_failed < u.items_total
    AND NOT EXISTS (SELECT 1 FROM job_items i WHERE i.job_id = u.job_id AND i.idx = z.key)
) p ON p.job_id = l.job_id;

CREATE VIEW billing_history (account_id, sequence, job_id, type, amount, occurred_at) AS
SELECT account_id, sequence, job_id, type, amount, at FROM ledger
-- A job's lines when it has ended; they stay when the job goes.
WHERE job_id IS NULL OR NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = ledger.job_id AND j.ended_at IS NULL);

-- The history as those know it who query it: times are ISO 8601 in UTC.

CREATE VIEW jobs_log (job_id, user_id, preset, rule_id, status, items_total, items_done, items_failed, concepts_json,
  protect_json, cost_estimate, credits_spent, created_at, started_at, finished_at, error) AS
SELECT job_id, owner_id, json_extract(fields, '$.preset'), json_extract(fields, '$.ruleId'), state, items_total,
  items_done, items_failed, json_extract(fields, '$.concepts'), json_extract(fields, '$.protect'), cost_estimate,
  credits_spent, strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch'), error
FROM job_history;

CREATE VIEW job_items_log (job_id, idx, status, input_key, output_key, preview_key, error, created_at) AS
SELECT i.job_id, i.idx, i.state, i.input_key, i.output_key, i.preview_key, i.error,
  strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(i.recorded_at, h.ended_at) / 1000.0, 'unixepoch')
FROM job_history h JOIN job_item_history i ON i.job_id = h.job_id;

CREATE VIEW billing_events (id, user_id, type, amount, ref, created_at) AS
SELECT account_id || ':' || sequence, account_id, type, amount, job_id,
  strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at / 1000.0, 'unixepoch')
FROM billing_history;

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

-- What jobs that have ended still have in object storage. `purged_at`: when its deletion began; `due_at`: when there is
-- something to be done next, null for what is kept and for what is done. See `ports/store/ended-objects.ts`.
CREATE TABLE ended_objects (
  job_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  part TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  policy TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  purged_at INTEGER,
  due_at INTEGER,
  PRIMARY KEY (job_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_objects_kept ON ended_objects (policy, ended_at) WHERE purged_at IS NULL;
CREATE INDEX ended_objects_due ON ended_objects (due_at) WHERE due_at IS NOT NULL;
