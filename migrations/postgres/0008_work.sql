-- In the tables of work `type`, and the name in `work_types`, is the kind with the type, `task/import`, so that two
-- kinds with one name for a type share nothing. See `ports/store/work-key.ts`.

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
  stage TEXT COLLATE "C" NOT NULL,
  -- Of jobs that are assigned to workers, and not claimed by them; else null.
  owner_id TEXT COLLATE "C",
  place TEXT COLLATE "C",
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
  cancel_requested BOOLEAN NOT NULL DEFAULT FALSE
) WITH (
  fillfactor = 60,
  autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
-- In the order in which rows are claimed. Those of a limited type without a slot are found, and not claimed, by `slot`.
CREATE INDEX work_ready ON work (type, slot, kind, priority DESC, job_id) WHERE stage = 'ready';
CREATE INDEX work_later ON work (due_at) WHERE stage = 'scheduled';
CREATE INDEX work_pauses ON work (due_at) WHERE stage = 'scheduled' AND pause_ms IS NOT NULL;
CREATE INDEX work_line ON work (type, concurrency_key, priority DESC, job_id) WHERE stage = 'queued';
CREATE INDEX work_slots ON work (type, concurrency_key, stage) WHERE slot AND stage IN ('ready', 'leased');
CREATE INDEX work_unready ON work (type, stage) WHERE stage IN ('blocked', 'scheduled', 'queued');
CREATE INDEX work_candidates ON work (owner_id, kind, priority DESC, place)
  WHERE stage = 'ready' AND owner_id IS NOT NULL;
CREATE INDEX work_leased ON work (leased_until) WHERE stage = 'leased';

-- When attempts of types with a rate began, for as long as the rate looks back.
CREATE TABLE work_starts (
  type TEXT COLLATE "C" NOT NULL,
  concurrency_key TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX work_starts_by_type ON work_starts (type, at);
CREATE INDEX work_starts_by_key ON work_starts (type, concurrency_key, at) WHERE concurrency_key <> '';
