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

-- Jobs that wait for workers, or that workers have, say so in their own rows. See `ports/store/work-store.ts`.
-- `stage`: `blocked`, `scheduled`, `queued`, `ready`, or `assigned` by a commit. A worker's claim leaves it `ready`: from
-- then on the row has a `work_token`, and nothing of it moves in any index. `slot`: the row passes through the line, and
-- while it is ready or assigned it holds a slot there. `work_key`: the kind with the type. `candidate`: the job is
-- assigned to a worker, and not claimed by one. `pause_ms`, `lease_ms`: how long it was to wait when that was said, or to
-- be leased; `due_at` and `leased_until` are never farther ahead. No concurrency key is the empty one.

-- In the order in which rows are claimed. Those of a limited type without a slot are found, and not claimed, by `slot`.
CREATE INDEX jobs_ready ON jobs_open (work_key, slot, (-priority), id) WHERE stage = 'ready';
CREATE INDEX jobs_later ON jobs_open (due_at) WHERE stage = 'scheduled';
CREATE INDEX jobs_pauses ON jobs_open (due_at) WHERE stage = 'scheduled' AND pause_ms IS NOT NULL;
CREATE INDEX jobs_line ON jobs_open (work_key, concurrency_key, priority DESC, id) WHERE stage = 'queued';
CREATE INDEX jobs_slots ON jobs_open (work_key, concurrency_key) WHERE slot AND stage IN ('ready', 'assigned');
CREATE INDEX jobs_unready ON jobs_open (work_key, stage) WHERE stage IN ('blocked', 'scheduled', 'queued');
CREATE INDEX jobs_candidates ON jobs_open (owner_id, kind, priority DESC, place) WHERE stage = 'ready' AND candidate;

-- Which jobs workers may have: all that a claim or a commit gave out together, with the tokens. Whoever looks at them,
-- from `look_at` on, takes out those that have ended. See `stores/postgres/leases.ts`.
CREATE TABLE work_claims (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  taken_at BIGINT NOT NULL,
  look_at BIGINT NOT NULL,
  -- When the first of the leases runs out, as it was when they were last looked at.
  lapse_at BIGINT NOT NULL,
  job_ids TEXT[] NOT NULL,
  tokens INTEGER[] NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.1);
-- To pack them takes longer than to write them.
ALTER TABLE work_claims ALTER COLUMN job_ids SET STORAGE EXTERNAL, ALTER COLUMN tokens SET STORAGE EXTERNAL;
CREATE INDEX work_claims_by_look ON work_claims (look_at);
CREATE INDEX work_claims_by_lapse ON work_claims (lapse_at);

-- When attempts of types with a rate began, for as long as the rate looks back.
CREATE TABLE work_starts (
  type TEXT COLLATE "C" NOT NULL,
  concurrency_key TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX work_starts_by_type ON work_starts (type, at);
CREATE INDEX work_starts_by_key ON work_starts (type, concurrency_key, at) WHERE concurrency_key <> '';
