-- Jobs of a type, with an input, attempts and leases. Lists are by type as well: `type` stands in the indexes before
-- the state, empty where the kind has none, and what is listed is merged from the groups that there are.
ALTER TABLE jobs ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN input TEXT;
ALTER TABLE jobs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN lease_token INTEGER;
ALTER TABLE jobs ADD COLUMN lease_worker TEXT;
-- What of `input` and `fields` is large, behind all others: lists read neither.
ALTER TABLE jobs ADD COLUMN input_large TEXT;
ALTER TABLE jobs ADD COLUMN fields_large TEXT;

DROP INDEX jobs_open_by_owner;
DROP INDEX jobs_open_by_state;
DROP INDEX jobs_ended_by_owner;
DROP INDEX jobs_ended_by_state;
CREATE INDEX jobs_open_by_owner ON jobs (owner_id, kind, type, state, id) WHERE ended_at IS NULL;
CREATE INDEX jobs_open_by_state ON jobs (kind, type, state, id) WHERE ended_at IS NULL;
CREATE INDEX jobs_ended_by_owner ON jobs (owner_id, kind, type, state, id) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_ended_by_state ON jobs (kind, type, state, id) WHERE ended_at IS NOT NULL;
-- For lists of all types and states: with hundreds of groups it would take 2 ms to merge them. No update moves these.
CREATE INDEX jobs_by_owner ON jobs (owner_id, kind, id);
CREATE INDEX jobs_by_kind ON jobs (kind, id);

DROP TABLE job_counts;
CREATE TABLE job_counts (
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT NOT NULL,
  -- 1 when jobs in this state have ended.
  ended INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, type, state)
) STRICT, WITHOUT ROWID;
INSERT INTO job_counts (kind, type, state, phase, ended, count)
SELECT kind, type, state, max(phase), max(ended_at IS NOT NULL), count(*) FROM jobs GROUP BY kind, type, state;

-- Jobs are deleted now, with their events. AUTOINCREMENT, since the position of an event that went must never be
-- another one's: a reader of the feed that had got so far would not see it.
CREATE TABLE domain_events_kept (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  occurred_at INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  aggregate_kind TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  correlation_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  payload TEXT NOT NULL
) STRICT;
INSERT INTO domain_events_kept SELECT * FROM domain_events;
DROP TABLE domain_events;
ALTER TABLE domain_events_kept RENAME TO domain_events;
CREATE UNIQUE INDEX domain_events_by_aggregate ON domain_events (aggregate_id, sequence);

-- What is to hold for all jobs of a type. `limits` and `defaults` are JSON.
CREATE TABLE work_types (
  name TEXT PRIMARY KEY,
  limits TEXT NOT NULL,
  defaults TEXT NOT NULL,
  -- 1 when every job of the type has to wait for a slot.
  limited INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When workers last asked for tasks of a type.
CREATE TABLE asked_types (
  type TEXT PRIMARY KEY,
  asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX asked_types_by_time ON asked_types (asked_at);

-- Who is at work, as far as they were heard of lately. `types` is JSON.
CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  types TEXT NOT NULL,
  since INTEGER NOT NULL,
  heard_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX workers_by_heard_at ON workers (heard_at);

-- Jobs that wait for workers or that workers have: one small row each. See `ports/store/work-store.ts`.
-- `slot` is 1 where the row passes through the line, and while it is ready or leased it holds a slot there.
CREATE TABLE work (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  place TEXT NOT NULL,
  priority INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  -- How long it was to wait when that was said, or to be leased: `due_at` and `leased_until` are never farther ahead.
  pause_ms INTEGER,
  lease_ms INTEGER,
  -- Empty: none.
  concurrency_key TEXT NOT NULL,
  slot INTEGER NOT NULL,
  timeout_ms INTEGER,
  token INTEGER,
  leased_until INTEGER,
  timeout_at INTEGER,
  called_off INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX work_ready ON work (type, kind, priority DESC, job_id) WHERE place = 'ready';
CREATE INDEX work_later ON work (due_at) WHERE place = 'later';
CREATE INDEX work_pauses ON work (due_at) WHERE place = 'later' AND pause_ms IS NOT NULL;
CREATE INDEX work_line ON work (type, concurrency_key, priority DESC, job_id) WHERE place = 'line';
CREATE INDEX work_slots ON work (type, concurrency_key, place) WHERE slot = 1 AND place IN ('ready', 'leased');
CREATE INDEX work_leased ON work (leased_until) WHERE place = 'leased';

-- Of each key with rows in the line and a slot left, the row that is next: so that who is let on is found without
-- looking at the keys that are full, however many they are. `free_at` is null unless the key has a rate: then it is
-- when to look at it again.
CREATE TABLE work_fronts (
  type TEXT NOT NULL,
  concurrency_key TEXT NOT NULL,
  priority INTEGER NOT NULL,
  job_id TEXT NOT NULL,
  free_at INTEGER,
  PRIMARY KEY (type, concurrency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_fronts_free ON work_fronts (type, priority DESC, job_id) WHERE free_at IS NULL;
CREATE INDEX work_fronts_later ON work_fronts (free_at) WHERE free_at IS NOT NULL;

-- How many rows of `work` there are, kept by whoever moves them: a million waiting jobs would take long to count.
CREATE TABLE work_counts (
  type TEXT NOT NULL,
  place TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (type, place)
) STRICT, WITHOUT ROWID;

-- When attempts of types with a rate began, for as long as the rate looks back.
CREATE TABLE work_starts (
  type TEXT NOT NULL,
  concurrency_key TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX work_starts_by_type ON work_starts (type, at);
CREATE INDEX work_starts_by_key ON work_starts (type, concurrency_key, at);

-- `message` is JSON: what others say may have characters in it that text columns do not take.
CREATE TABLE job_logs (
  job_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  level TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
) STRICT;

-- `key` and `email_key` are the id and the address in lower case.
CREATE TABLE users (
  key TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  email TEXT,
  email_key TEXT,
  name TEXT,
  password_hash TEXT NOT NULL,
  roles TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  tokens_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_by_email ON users (email_key) WHERE email_key IS NOT NULL;

-- Whoever logged in from a network before is let through when strangers try a user's password too often.
CREATE TABLE login_networks (
  user_key TEXT NOT NULL,
  network TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_key, network)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_networks_by_age ON login_networks (user_key, at, network);

-- Sessions whose tokens are not good any longer, until they would have expired by themselves.
CREATE TABLE ended_sessions (
  id TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_sessions_by_end ON ended_sessions (expires_at);

CREATE TABLE attempts (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_end ON attempts (ends_at);

CREATE TABLE schedules (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL,
  name TEXT NOT NULL,
  cron TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  job_type TEXT NOT NULL,
  template TEXT NOT NULL,
  missed TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  next_at INTEGER,
  last_at INTEGER,
  last_job_id TEXT,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX schedules_by_owner ON schedules (owner_id, name, id);
CREATE INDEX schedules_by_name ON schedules (name, id);
CREATE INDEX schedules_due ON schedules (next_at, id) WHERE enabled = 1 AND next_at IS NOT NULL;

-- `due_at` of a pending one: when it may be claimed (again); a claim moves it to the end of its lease. `token` is
-- another one after each claim and each record: of those that say what became of a claim, one is believed.
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  url TEXT NOT NULL,
  -- Of the URL: what is sent at once is limited by it.
  host TEXT NOT NULL,
  event_type TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  token INTEGER NOT NULL DEFAULT 0,
  -- 1: a sender has claimed it, and has it until `due_at`.
  leased INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, id) WHERE state = 'pending';
-- Owner by owner, in the order in which each one's are sent.
CREATE INDEX webhook_deliveries_turn ON webhook_deliveries (owner_id, due_at, id, host) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (owner_id, host, due_at) WHERE leased = 1;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (created_at) WHERE due_at IS NULL;
CREATE INDEX webhook_deliveries_by_owner ON webhook_deliveries (owner_id, state, id);
-- The condition is always true: without it the claim of what is due would go by this index too, and sort all of it.
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, id) WHERE id <> '';
CREATE INDEX webhook_deliveries_by_job ON webhook_deliveries (job_id, id);

-- `error` is JSON, as `message` above.
CREATE TABLE webhook_attempts (
  delivery_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_disabled (
  owner_id TEXT NOT NULL,
  url TEXT NOT NULL,
  disabled_at INTEGER NOT NULL,
  PRIMARY KEY (owner_id, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_disabled_by_time ON webhook_disabled (owner_id, disabled_at DESC, url);

CREATE TABLE webhook_secrets (
  owner_id TEXT NOT NULL,
  -- The newest has the greatest.
  number INTEGER NOT NULL,
  secret TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (owner_id, number)
) STRICT, WITHOUT ROWID;

-- What the jobs of an owner take up, kept by each commit: see `ports/store/usage.ts`.
CREATE TABLE owner_usage (
  owner_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  unfinished INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (owner_id, kind)
) STRICT, WITHOUT ROWID;
