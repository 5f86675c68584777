-- All times are milliseconds since 1970; all JSON is text, which keeps it as it was written. Words and ids compare by
-- their bytes (COLLATE "C"), as they do in JavaScript and in the other stores.
--
-- What is waited on or leased is kept in small tables apart from what has ended, so that vacuum and every index scan
-- for work go through as many rows as are open, and not through the millions that are not. Rows that are updated in
-- place leave room on their pages (fillfactor), so that an update which moves no index stays on its page (HOT).

CREATE TABLE jobs (
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  phase TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  deadline_at BIGINT,
  items_recorded INTEGER NOT NULL,
  traceparent TEXT,
  fields TEXT NOT NULL
) PARTITION BY LIST (ended_at);

-- An ended job moves over once, and is never written again.
CREATE TABLE jobs_open PARTITION OF jobs FOR VALUES IN (NULL) WITH (
  fillfactor = 60,
  autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
CREATE TABLE jobs_ended PARTITION OF jobs DEFAULT;

-- Lists read newest first within one (kind, state) and merge. Those by state, and others like them below, have a
-- condition that is always true: only a query that says it too may go by them. Else a plan that was made while the
-- tables were empty, and every index seemed as good as another, may go by the wrong one when they are not.
CREATE UNIQUE INDEX jobs_open_by_id ON jobs_open (id);
CREATE INDEX jobs_open_by_owner ON jobs_open (owner_id, kind, state, id);
CREATE INDEX jobs_open_by_state ON jobs_open (kind, state, id) WHERE id <> '';
CREATE INDEX jobs_open_by_deadline ON jobs_open (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_ended_by_id ON jobs_ended (id);
CREATE INDEX jobs_ended_by_owner ON jobs_ended (owner_id, kind, state, id);
CREATE INDEX jobs_ended_by_state ON jobs_ended (kind, state, id) WHERE id <> '';

-- How many jobs there are, kept by each commit: counting a million rows for every scrape would take a second. Each
-- store adds to a share of its own, so that commits of several servers do not wait for one row; a share may be
-- negative, the sum is what counts.
CREATE TABLE job_counts (
  kind TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  share INTEGER NOT NULL,
  phase TEXT COLLATE "C" NOT NULL,
  -- Whether jobs in this state have ended.
  ended BOOLEAN NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (kind, state, share)
) WITH (fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

CREATE TABLE job_items (
  job_id TEXT COLLATE "C" NOT NULL,
  idx INTEGER NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  output_key TEXT,
  preview_key TEXT,
  error TEXT,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (job_id, idx)
);

-- A number from a sequence says nothing about the order of commits: a slow transaction may commit an earlier number
-- late, and a reader that is past it would never see it. So events are ordered by (tx, id): `tx` is the number of the
-- transaction that wrote them, and a reader of all events stops before the oldest transaction that is still running
-- (pg_snapshot_xmin). Whatever commits later has a number from there on. `payload` is the whole event.
CREATE TABLE domain_events (
  tx BIGINT NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  occurred_at BIGINT NOT NULL,
  event_type TEXT COLLATE "C" NOT NULL,
  aggregate_kind TEXT COLLATE "C" NOT NULL,
  aggregate_id TEXT COLLATE "C" NOT NULL,
  sequence INTEGER NOT NULL,
  correlation_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (tx, id)
);
CREATE UNIQUE INDEX domain_events_by_aggregate ON domain_events (aggregate_id, sequence);

-- A server that a dump was restored into counts its transactions from the start again: `shift` is added to them, and
-- is raised when a store opens and finds events from the future.
CREATE TABLE event_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  shift BIGINT NOT NULL
);
INSERT INTO event_clock (id, shift) VALUES (1, 0);

CREATE TABLE accounts (
  id TEXT COLLATE "C" PRIMARY KEY,
  plan TEXT COLLATE "C" NOT NULL,
  granted BIGINT NOT NULL,
  available BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  active_jobs INTEGER NOT NULL,
  used_rule_slots INTEGER NOT NULL,
  failed_items INTEGER NOT NULL,
  failures_since BIGINT NOT NULL,
  ledger_sequence BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Written when a job begins and settled when it ends, mostly soon after and so on the same page.
CREATE TABLE reservations (
  job_id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  held BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  settled_at BIGINT,
  movements TEXT NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE ledger (
  account_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  job_id TEXT COLLATE "C",
  type TEXT COLLATE "C" NOT NULL,
  debit TEXT COLLATE "C" NOT NULL,
  credit TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  note TEXT,
  at BIGINT NOT NULL,
  PRIMARY KEY (account_id, sequence)
);

CREATE TABLE rules (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  preset_id TEXT,
  concepts TEXT NOT NULL,
  protect TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX rules_by_account ON rules (account_id);

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
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX outbox_events_by_job ON outbox_events (job_id, id);
CREATE INDEX outbox_events_due ON outbox_events (due_at, id);

-- Messages that are waiting or leased. `due_at`: when a waiting one may be delivered, or when the lease ends.
CREATE TABLE queue_messages (
  queue TEXT COLLATE "C" NOT NULL,
  message_id TEXT COLLATE "C" NOT NULL,
  job_id TEXT COLLATE "C" NOT NULL,
  leased BOOLEAN NOT NULL DEFAULT FALSE,
  due_at BIGINT NOT NULL,
  -- How long it was put off when that was said: `due_at` is never farther ahead.
  hold_ms BIGINT NOT NULL DEFAULT 0,
  deliveries INTEGER NOT NULL DEFAULT 0,
  lost INTEGER NOT NULL DEFAULT 0,
  since BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (queue, message_id)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX queue_messages_due ON queue_messages (queue, due_at, message_id) WHERE message_id <> '';

-- Those that are gone (acknowledged or exhausted) are remembered for a while, so that putting one again changes
-- nothing. `due_at` is when the last lease was to end.
CREATE TABLE queue_tombstones (
  queue TEXT COLLATE "C" NOT NULL,
  message_id TEXT COLLATE "C" NOT NULL,
  due_at BIGINT NOT NULL,
  deliveries INTEGER NOT NULL,
  PRIMARY KEY (queue, message_id)
);
CREATE INDEX queue_tombstones_by_age ON queue_tombstones (due_at);

CREATE TABLE api_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  hash TEXT COLLATE "C" NOT NULL UNIQUE,
  user_id TEXT COLLATE "C" NOT NULL,
  roles TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The ids of the keys that it was made with, and its own.
  lineage TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_keys_by_lineage ON api_keys (lineage);
CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);
CREATE INDEX api_keys_by_age ON api_keys (created_at, id);

CREATE TABLE job_history (
  job_id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  items_total INTEGER NOT NULL,
  items_done INTEGER NOT NULL,
  items_failed INTEGER NOT NULL,
  cost_estimate BIGINT NOT NULL,
  credits_spent BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT NOT NULL,
  error TEXT,
  fields TEXT NOT NULL
);

-- The rest of an ended job's history is not written again: its items and its part of the ledger never change, so
-- these are views of them, exactly once by construction. The key of an item's photo is in no row: it follows from
-- whose photos the set was made of.

CREATE VIEW job_item_history (job_id, idx, state, input_key, output_key, preview_key, error, recorded_at) AS
SELECT p.job_id, p.idx, p.state,
  CASE l.kind WHEN 'image-set' THEN 'inputs/' || l.owner_id || '/' ||
    coalesce(l.fields::json #>> '{inputs,jobId}', l.job_id) || '/' ||
    coalesce(l.fields::json #>> ARRAY['inputs', 'items', p.idx::text], p.idx::text) || '.jpg' END,
  p.output_key, p.preview_key, p.error, p.recorded_at
FROM job_history l JOIN (
  SELECT job_id, idx, state, output_key, preview_key, error, recorded_at FROM job_items
  UNION ALL
  -- Items without a result: as many positions as the job has items, less those recorded.
  SELECT u.job_id, z.idx, 'unfinished', NULL, NULL, NULL, NULL
  FROM job_history u, generate_series(0, u.items_total - 1) AS z (idx)
  WHERE u.items_done + u.items_failed < u.items_total
    AND NOT EXISTS (SELECT 1 FROM job_items i WHERE i.job_id = u.job_id AND i.idx = z.idx)
) p ON p.job_id = l.job_id;

CREATE VIEW billing_history (account_id, sequence, job_id, type, amount, occurred_at) AS
SELECT account_id, sequence, job_id, type, amount, at FROM ledger
-- A job's lines when it has ended; they stay when the job goes.
WHERE job_id IS NULL OR NOT EXISTS (SELECT 1 FROM jobs_open j WHERE j.id = ledger.job_id);

-- The history as those know it who query it: with times of the database's own sort. Credits of one job or movement fit
-- into an INTEGER, which drivers read as a number, where of a BIGINT they make text.

CREATE VIEW jobs_log (job_id, user_id, preset, rule_id, status, items_total, items_done, items_failed, concepts_json,
  protect_json, cost_estimate, credits_spent, created_at, started_at, finished_at, error) AS
SELECT job_id, owner_id, fields::json ->> 'preset', fields::json ->> 'ruleId', state, items_total, items_done,
  items_failed, fields::json ->> 'concepts', fields::json ->> 'protect', cost_estimate::integer,
  credits_spent::integer, to_timestamp(created_at / 1000.0), to_timestamp(started_at / 1000.0),
  to_timestamp(ended_at / 1000.0), error
FROM job_history;

CREATE VIEW job_items_log (job_id, idx, status, input_key, output_key, preview_key, error, created_at) AS
SELECT i.job_id, i.idx, i.state, i.input_key, i.output_key, i.preview_key, i.error,
  to_timestamp(coalesce(i.recorded_at, h.ended_at) / 1000.0)
FROM job_history h JOIN job_item_history i ON i.job_id = h.job_id;

CREATE VIEW billing_events (id, user_id, type, amount, ref, created_at) AS
SELECT account_id || ':' || sequence, account_id, type, amount::integer, job_id, to_timestamp(occurred_at / 1000.0)
FROM billing_history;

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

-- What jobs that have ended still have in object storage. `purged_at`: when its deletion began; `due_at`: when there is
-- something to be done next, null for what is kept and for what is done. See `ports/store/ended-objects.ts`.
CREATE TABLE ended_objects (
  job_id TEXT COLLATE "C" NOT NULL,
  kind TEXT NOT NULL,
  part TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  policy TEXT COLLATE "C" NOT NULL,
  ended_at BIGINT NOT NULL,
  purged_at BIGINT,
  due_at BIGINT,
  PRIMARY KEY (job_id, part)
);
CREATE INDEX ended_objects_kept ON ended_objects (policy, ended_at) WHERE purged_at IS NULL;
CREATE INDEX ended_objects_due ON ended_objects (due_at) WHERE due_at IS NOT NULL;
