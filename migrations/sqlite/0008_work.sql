-- In the tables of work `type`, and the name in `work_types`, is the kind with the type, `task/import`, so that two
-- kinds with one name for a type share nothing. See `ports/store/work-key.ts`. The jobs' own rows have the two apart.

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

-- Jobs that wait for workers or that workers have. See `ports/store/work-store.ts`.
CREATE INDEX work_ready ON job_rows (kind, type, priority DESC, id) WHERE stage = 'ready';
CREATE INDEX work_later ON job_rows (due_at) WHERE stage = 'scheduled';
CREATE INDEX work_pauses ON job_rows (due_at) WHERE stage = 'scheduled' AND pause_ms IS NOT NULL;
CREATE INDEX work_line ON job_rows (kind, type, concurrency_key, priority DESC, id) WHERE stage = 'queued';
CREATE INDEX work_slots ON job_rows (kind, type, concurrency_key, stage)
  WHERE slot = 1 AND stage IN ('ready', 'leased');
CREATE INDEX work_candidates ON job_rows (owner_id, kind, priority DESC, place) WHERE stage = 'ready' AND assigned = 1;
CREATE INDEX work_leased ON job_rows (leased_until) WHERE stage = 'leased';

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

-- How many jobs there are in each stage, kept by whoever moves them: a million waiting jobs would take long to count.
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
