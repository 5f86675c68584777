-- Jobs of a type, with an input, attempts and leases. Lists are by type as well: `type` stands in the indexes before
-- the state, empty where the kind has none, and what is listed is merged from the groups that there are.
ALTER TABLE jobs ADD COLUMN type TEXT COLLATE "C" NOT NULL DEFAULT '';
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
CREATE INDEX jobs_open_by_owner ON jobs_open (owner_id, kind, type, state, id);
CREATE INDEX jobs_open_by_state ON jobs_open (kind, type, state, id) WHERE id <> '';
CREATE INDEX jobs_ended_by_owner ON jobs_ended (owner_id, kind, type, state, id);
CREATE INDEX jobs_ended_by_state ON jobs_ended (kind, type, state, id) WHERE id <> '';

DROP TABLE job_counts;
CREATE TABLE job_counts (
  kind TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  share INTEGER NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (kind, type, state, share)
) WITH (fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
INSERT INTO job_counts (kind, type, state, share, count)
SELECT kind, type, state, 0, count(*) FROM jobs GROUP BY kind, type, state;

-- The groups that were ever counted, each once, whatever the shares: lists go through all of them.
CREATE TABLE job_groups (
  kind TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  phase TEXT COLLATE "C" NOT NULL,
  -- Whether jobs in this state have ended.
  ended BOOLEAN NOT NULL,
  PRIMARY KEY (kind, type, state)
);
INSERT INTO job_groups (kind, type, state, phase, ended)
SELECT kind, type, state, max(phase), bool_or(ended_at IS NOT NULL) FROM jobs GROUP BY kind, type, state;

-- What is to hold for all jobs of a type; NULL: no such limit. `defaults` is JSON.
CREATE TABLE work_types (
  name TEXT COLLATE "C" PRIMARY KEY,
  -- Nothing begins while it is.
  paused BOOLEAN NOT NULL,
  max_running INTEGER,
  max_running_per_key INTEGER NOT NULL,
  rate_count INTEGER,
  rate_window_ms BIGINT,
  key_rate_count INTEGER,
  key_rate_window_ms BIGINT,
  -- Whether every job of the type has to wait for a slot.
  limited BOOLEAN GENERATED ALWAYS AS (paused OR max_running IS NOT NULL OR rate_count IS NOT NULL) STORED,
  defaults TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX work_types_limited ON work_types (name) WHERE limited;

-- When workers last asked for tasks of a type.
CREATE TABLE asked_types (
  type TEXT COLLATE "C" PRIMARY KEY,
  asked_at BIGINT NOT NULL
);
CREATE INDEX asked_types_by_time ON asked_types (asked_at);

-- Who is at work, as far as they were heard of lately. `types` is JSON.
CREATE TABLE workers (
  id TEXT COLLATE "C" PRIMARY KEY,
  types TEXT NOT NULL,
  since BIGINT NOT NULL,
  heard_at BIGINT NOT NULL
);
CREATE INDEX workers_by_heard_at ON workers (heard_at);

-- Jobs that wait for workers or that workers have: one small row each. See `ports/store/work-store.ts`.
-- `slot`: the row passes through the line, and while it is ready or leased it holds a slot there.
CREATE TABLE work (
  job_id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  place TEXT COLLATE "C" NOT NULL,
  -- Empty: none.
  concurrency_key TEXT COLLATE "C" NOT NULL,
  priority INTEGER NOT NULL,
  token INTEGER,
  due_at BIGINT NOT NULL,
  -- How long it was to wait when that was said, or to be leased: `due_at` and `leased_until` are never farther ahead.
  pause_ms BIGINT,
  lease_ms BIGINT,
  timeout_ms BIGINT,
  leased_until BIGINT,
  timeout_at BIGINT,
  slot BOOLEAN NOT NULL,
  called_off BOOLEAN NOT NULL DEFAULT FALSE
) WITH (
  fillfactor = 60,
  autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
-- In the order in which rows are claimed. Those of a limited type without a slot are found, and not claimed, by `slot`.
CREATE INDEX work_ready ON work (type, slot, kind, priority DESC, job_id) WHERE place = 'ready';
CREATE INDEX work_later ON work (due_at) WHERE place = 'later';
CREATE INDEX work_pauses ON work (due_at) WHERE place = 'later' AND pause_ms IS NOT NULL;
CREATE INDEX work_line ON work (type, concurrency_key, priority DESC, job_id) WHERE place = 'line';
CREATE INDEX work_slots ON work (type, concurrency_key, place) WHERE slot AND place IN ('ready', 'leased');
CREATE INDEX work_unready ON work (type, place) WHERE place IN ('blocked', 'later', 'line');
CREATE INDEX work_leased ON work (leased_until) WHERE place = 'leased';

-- When attempts of types with a rate began, for as long as the rate looks back.
CREATE TABLE work_starts (
  type TEXT COLLATE "C" NOT NULL,
  concurrency_key TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX work_starts_by_type ON work_starts (type, at);
CREATE INDEX work_starts_by_key ON work_starts (type, concurrency_key, at) WHERE concurrency_key <> '';

CREATE TABLE job_logs (
  job_id TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  at BIGINT NOT NULL,
  level TEXT COLLATE "C" NOT NULL,
  attempt INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
);

-- `key` and `email_key` are the id and the address in lower case.
CREATE TABLE users (
  key TEXT COLLATE "C" PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL,
  email TEXT COLLATE "C",
  email_key TEXT COLLATE "C",
  name TEXT,
  password_hash TEXT NOT NULL,
  roles TEXT NOT NULL,
  disabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  tokens_from BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_by_email ON users (email_key) WHERE email_key IS NOT NULL;

-- Whoever logged in from a network before is let through when strangers try a user's password too often.
CREATE TABLE login_networks (
  user_key TEXT COLLATE "C" NOT NULL,
  network TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_key, network)
);
CREATE INDEX login_networks_by_age ON login_networks (user_key, at, network);

-- Sessions whose tokens are not good any longer, until they would have expired by themselves.
CREATE TABLE ended_sessions (
  id TEXT COLLATE "C" PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX ended_sessions_by_end ON ended_sessions (expires_at);

CREATE TABLE attempts (
  key TEXT COLLATE "C" PRIMARY KEY,
  count BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX attempts_by_end ON attempts (ends_at);

CREATE TABLE schedules (
  id TEXT COLLATE "C" PRIMARY KEY,
  owner_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  cron TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  job_type TEXT COLLATE "C" NOT NULL,
  template TEXT NOT NULL,
  missed TEXT COLLATE "C" NOT NULL,
  enabled BOOLEAN NOT NULL,
  next_at BIGINT,
  last_at BIGINT,
  last_job_id TEXT COLLATE "C",
  version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX schedules_by_owner ON schedules (owner_id, name, id);
CREATE INDEX schedules_by_name ON schedules (name, id) WHERE id <> '';
CREATE INDEX schedules_due ON schedules (next_at, id) WHERE enabled AND next_at IS NOT NULL;

-- `due_at` of a pending one: when it may be claimed (again); a claim moves it to the end of its lease. `token` is
-- another one after each claim and each record: of those that say what became of a claim, one is believed.
CREATE TABLE webhook_deliveries (
  id TEXT COLLATE "C" PRIMARY KEY,
  job_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  url TEXT COLLATE "C" NOT NULL,
  -- Of the URL: what is sent at once is limited by it.
  host TEXT COLLATE "C" NOT NULL,
  event_type TEXT COLLATE "C" NOT NULL,
  body TEXT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  attempt INTEGER NOT NULL,
  token INTEGER NOT NULL DEFAULT 0,
  -- Whether a sender has claimed it: it has it until `due_at`.
  leased BOOLEAN NOT NULL DEFAULT FALSE,
  due_at BIGINT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, id) WHERE state = 'pending';
-- Owner by owner, in the order in which each one's are sent.
CREATE INDEX webhook_deliveries_turn ON webhook_deliveries (owner_id, due_at, id, host) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (owner_id, host, due_at) WHERE leased;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (created_at) WHERE due_at IS NULL;
CREATE INDEX webhook_deliveries_by_owner ON webhook_deliveries (owner_id, state, id);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, id) WHERE id <> '';
CREATE INDEX webhook_deliveries_by_job ON webhook_deliveries (job_id, id);

-- `error` is JSON, as `message` above.
CREATE TABLE webhook_attempts (
  delivery_id TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  at BIGINT NOT NULL,
  status INTEGER,
  error TEXT,
  duration_ms BIGINT NOT NULL,
  PRIMARY KEY (delivery_id, number)
);

CREATE TABLE webhook_disabled (
  owner_id TEXT COLLATE "C" NOT NULL,
  url TEXT COLLATE "C" NOT NULL,
  disabled_at BIGINT NOT NULL,
  PRIMARY KEY (owner_id, url)
);
CREATE INDEX webhook_disabled_by_time ON webhook_disabled (owner_id, disabled_at DESC, url);

CREATE TABLE webhook_secrets (
  owner_id TEXT COLLATE "C" NOT NULL,
  -- The newest has the greatest.
  number INTEGER NOT NULL,
  secret TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (owner_id, number)
);

-- What the jobs of an owner take up, kept by each commit: see `ports/store/usage.ts`. In shares, as `job_counts`.
CREATE TABLE owner_usage (
  owner_id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  share INTEGER NOT NULL,
  unfinished BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (owner_id, kind, share)
) WITH (fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
