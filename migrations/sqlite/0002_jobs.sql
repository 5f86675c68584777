CREATE TABLE job_rows (
  id TEXT PRIMARY KEY,
  -- Sorts by creation, whatever the id is: see `src/domain/job/id.ts`.
  place TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- Empty where the kind has no types.
  type TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  state TEXT NOT NULL,
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

-- `id` is the position in the order of commits; `payload` is the whole event. AUTOINCREMENT, since the position of an
-- event that went with its job must never be another one's: a reader of the feed that had got so far would not see it.
CREATE TABLE event_rows (
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
CREATE UNIQUE INDEX domain_events_by_aggregate ON event_rows (aggregate_id, sequence);

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
