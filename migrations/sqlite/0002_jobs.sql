CREATE TABLE job_rows (
  id TEXT PRIMARY KEY,
  -- Sorts by creation, whatever the id is: see `src/domain/job/id.ts`.
  place TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- Empty where the kind has no types.
  type TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Under which lists find it: its state, or that from which a worker claimed it, for as long as the worker has it.
  listed_state TEXT NOT NULL,
  phase TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  deadline_at INTEGER,
  attempt INTEGER NOT NULL,
  cost_micro_usd INTEGER NOT NULL,
  -- JSON, null where there are none.
  labels TEXT,
  parent_id TEXT,
  lease_token INTEGER,
  lease_worker TEXT,
  items_recorded INTEGER NOT NULL,
  traceparent TEXT,
  -- How it is offered to workers, all null where it is not: see `ports/store/work-store.ts` and the part `work`.
  stage TEXT,
  -- 1: it is assigned to a worker, and not claimed.
  assigned INTEGER,
  priority INTEGER,
  due_at INTEGER,
  -- How long it was to wait when that was said, or to be leased: `due_at` and `leased_until` are never farther ahead.
  pause_ms INTEGER,
  lease_ms INTEGER,
  -- Empty: none.
  concurrency_key TEXT,
  -- 1 where it passes through the line, and while it is ready or leased it holds a slot there.
  slot INTEGER,
  timeout_ms INTEGER,
  leased_at INTEGER,
  leased_until INTEGER,
  timeout_at INTEGER,
  cancel_requested INTEGER,
  -- The numbers of the rows that have its newest events, with commas between them.
  event_batches TEXT,
  input TEXT,
  fields TEXT NOT NULL,
  -- What of `input` and `fields` is large, behind all others: lists read neither.
  input_large TEXT,
  fields_large TEXT
) STRICT;
CREATE INDEX jobs_by_deadline ON job_rows (deadline_at) WHERE deadline_at IS NOT NULL;

CREATE TABLE job_items (
  job_id TEXT NOT NULL,
  idx INTEGER NOT NULL,
  state TEXT NOT NULL,
  output_key TEXT,
  preview_key TEXT,
  error TEXT,
  error_code TEXT,
  confidence REAL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, idx)
) STRICT, WITHOUT ROWID;

-- The events of a commit: see `ports/store/event-batch.ts`. The last row is never deleted, since the number of a batch
-- whose jobs are gone must never be another one's: a reader of the feed that had got so far would not see it.
-- (AUTOINCREMENT would do the same by a row that is written with each.)
CREATE TABLE event_batches (
  id INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  keys TEXT NOT NULL,
  lines TEXT NOT NULL
) STRICT;

-- Where a job has many events, the numbers of those rows that have the first ones, up to the job's version `upto`.
CREATE TABLE earlier_event_batches (
  job_id TEXT NOT NULL,
  upto INTEGER NOT NULL,
  batches TEXT NOT NULL,
  PRIMARY KEY (job_id, upto)
) STRICT, WITHOUT ROWID;

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
