-- What is waited on or leased is kept in small tables apart from what has ended, so that vacuum and every index scan
-- for work go through as many rows as are open, and not through the millions that are not. Rows that are updated in
-- place leave room on their pages (fillfactor), so that an update which moves no index stays on its page (HOT).

CREATE TABLE jobs (
  id TEXT COLLATE "C" NOT NULL,
  -- Sorts by creation, whatever the id is: see `src/domain/job/id.ts`.
  place TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  -- Empty where the kind has no types.
  type TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  -- Under which lists find it while it is open: its state, or that from which a worker claimed it.
  listed_state TEXT COLLATE "C" NOT NULL,
  phase TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  deadline_at BIGINT,
  attempt INTEGER NOT NULL,
  cost_micro_usd BIGINT NOT NULL,
  -- JSON, null where there are none.
  labels TEXT,
  parent_id TEXT COLLATE "C",
  lease_token INTEGER,
  lease_worker TEXT,
  items_recorded INTEGER NOT NULL,
  traceparent TEXT,
  -- Numbers of the rows of `event_batches` that have events of the job, the newest ones: see `earlier_event_batches`.
  event_batches BIGINT[] NOT NULL,
  -- How it is offered to workers, and who has it: see the part `work`. Null while it is not.
  stage TEXT COLLATE "C",
  work_key TEXT COLLATE "C",
  slot BOOLEAN,
  candidate BOOLEAN,
  priority INTEGER,
  due_at BIGINT,
  pause_ms BIGINT,
  concurrency_key TEXT COLLATE "C",
  timeout_ms BIGINT,
  work_token INTEGER,
  lease_ms BIGINT,
  leased_until BIGINT,
  timeout_at BIGINT,
  cancel_requested BOOLEAN,
  input TEXT,
  fields TEXT NOT NULL,
  -- What of `input` and `fields` is large, behind all others: lists read neither.
  input_large TEXT,
  fields_large TEXT
) PARTITION BY LIST (ended_at);

-- An ended job moves over once, and is never written again.
-- Nothing that a claim changes is in an index, so that PostgreSQL keeps the row's new version on its page (HOT), as long
-- as that has room.
CREATE TABLE jobs_open PARTITION OF jobs FOR VALUES IN (NULL) WITH (
  fillfactor = 45,
  autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
CREATE TABLE jobs_ended PARTITION OF jobs DEFAULT;

CREATE UNIQUE INDEX jobs_open_by_id ON jobs_open (id);
CREATE INDEX jobs_open_by_deadline ON jobs_open (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_ended_by_id ON jobs_ended (id);

CREATE TABLE job_items (
  job_id TEXT COLLATE "C" NOT NULL,
  idx INTEGER NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  output_key TEXT,
  preview_key TEXT,
  error TEXT,
  error_code TEXT,
  confidence DOUBLE PRECISION,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (job_id, idx)
);

-- What happened to jobs, all of one commit or claim in one row: see `ports/store/event-batch.ts`.
-- A number from a sequence says nothing about the order of commits: a slow transaction may commit an earlier number
-- late, and a reader that is past it would never see it. So batches are ordered by (tx, number): `tx` is the number of
-- the transaction that wrote them, and a reader of all events stops before the oldest transaction that is still running
-- (pg_snapshot_xmin). Whatever commits later has a number from there on.
CREATE SEQUENCE event_batch_numbers;
CREATE TABLE event_batches (
  tx BIGINT NOT NULL,
  number BIGINT NOT NULL DEFAULT nextval('event_batch_numbers') PRIMARY KEY,
  -- Of the lines that were not forgotten.
  count INTEGER NOT NULL,
  keys TEXT NOT NULL,
  lines TEXT NOT NULL
);
CREATE INDEX event_batches_in_order ON event_batches (tx, number);
-- To pack them takes longer than to write them.
ALTER TABLE event_batches ALTER COLUMN keys SET STORAGE EXTERNAL, ALTER COLUMN lines SET STORAGE EXTERNAL;

-- Of jobs with more batches than their own row keeps: those that they had when they came to version `upto`, which have
-- no later event than that one.
CREATE TABLE earlier_event_batches (
  job_id TEXT COLLATE "C" NOT NULL,
  upto INTEGER NOT NULL,
  batches BIGINT[] NOT NULL,
  PRIMARY KEY (job_id, upto)
);

-- Jobs whose kind gives events of theirs the id of another one as correlation id: a worker those of the command that it
-- runs.
CREATE TABLE event_correlations (
  correlation_id TEXT COLLATE "C" NOT NULL,
  job_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (correlation_id, job_id)
);
CREATE INDEX event_correlations_by_job ON event_correlations (job_id);

-- A server that a dump was restored into counts its transactions from the start again: `shift` is added to them, and
-- is raised when a store opens and finds events from the future.
CREATE TABLE event_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  shift BIGINT NOT NULL
);
INSERT INTO event_clock (id, shift) VALUES (1, 0);

-- For an event of a job that is locked in the very statement which writes it: what was committed meanwhile, the event
-- before it among that, may have a later number than this transaction. VOLATILE, so that it sees what is committed when
-- it is called.
CREATE FUNCTION event_tx() RETURNS BIGINT LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (
    SELECT shift + greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)
    FROM event_clock WHERE id = 1
  );
END
$$;

-- The events of a job after one of them, in order.
CREATE FUNCTION event_lines(job TEXT, after_sequence BIGINT) RETURNS TABLE (sequence INTEGER, line TEXT)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5 BEGIN ATOMIC
  SELECT split_part(k.key, ' ', 1)::integer, split_part(b.lines, E'\n', k.place::integer)
  FROM event_batches b, unnest(string_to_array(b.keys, E'\n')) WITH ORDINALITY AS k (key, place)
  WHERE b.number = ANY(ARRAY(
      SELECT unnest(e.batches) FROM earlier_event_batches e WHERE e.job_id = job AND e.upto > after_sequence
      UNION ALL SELECT unnest(j.event_batches) FROM jobs j WHERE j.id = job
    ))
    AND k.key <> '' AND substr(k.key, strpos(k.key, ' ') + 1) = job
    AND split_part(k.key, ' ', 1)::integer > after_sequence
  ORDER BY 1;
END;

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
