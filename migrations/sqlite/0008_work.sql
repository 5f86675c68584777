-- In the tables of work `type`, and the name in `work_types`, is the kind with the type, `task/import`, so that two
-- kinds with one name for a type share nothing. See `ports/store/work-key.ts`.

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
CREATE TABLE worker_rows (
  id TEXT PRIMARY KEY,
  types TEXT NOT NULL,
  since INTEGER NOT NULL,
  heard_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX workers_by_heard_at ON worker_rows (heard_at);

-- Jobs that wait for workers or that workers have: one small row each. See `ports/store/work-store.ts`.
-- `slot` is 1 where the row passes through the line, and while it is ready or leased it holds a slot there.
CREATE TABLE work (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  stage TEXT NOT NULL,
  -- Of jobs that are assigned to workers, and not claimed by them; else null.
  owner_id TEXT,
  place TEXT,
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
  cancel_requested INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX work_ready ON work (type, kind, priority DESC, job_id) WHERE stage = 'ready';
CREATE INDEX work_later ON work (due_at) WHERE stage = 'scheduled';
CREATE INDEX work_pauses ON work (due_at) WHERE stage = 'scheduled' AND pause_ms IS NOT NULL;
CREATE INDEX work_line ON work (type, concurrency_key, priority DESC, job_id) WHERE stage = 'queued';
CREATE INDEX work_slots ON work (type, concurrency_key, stage) WHERE slot = 1 AND stage IN ('ready', 'leased');
CREATE INDEX work_candidates ON work (owner_id, kind, priority DESC, place)
  WHERE stage = 'ready' AND owner_id IS NOT NULL;
CREATE INDEX work_leased ON work (leased_until) WHERE stage = 'leased';

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
  stage TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (type, stage)
) STRICT, WITHOUT ROWID;

-- When attempts of types with a rate began, for as long as the rate looks back.
CREATE TABLE work_starts (
  type TEXT NOT NULL,
  concurrency_key TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX work_starts_by_type ON work_starts (type, at);
CREATE INDEX work_starts_by_key ON work_starts (type, concurrency_key, at);
