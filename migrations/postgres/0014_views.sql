-- What people who look into the database query: `docs/guides/sql.md`. Views in a schema of their own, reached by
-- `search_path=sql,public`, under names that tables here may have too; their times are TIMESTAMPTZ. Ids stay text, as
-- the tables have them, so that a query for one goes by an index.

CREATE SCHEMA sql;

-- JSON as it is stored may name characters that JSONB does not take: U+0000 and halves of surrogate pairs. They are
-- escaped (`JSON.stringify` writes whole pairs as they are) and read as U+FFFD here.
CREATE FUNCTION sql.readable_json(stored TEXT) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN stored LIKE ANY (ARRAY['%\\u0000%', '%\\ud%'])
  THEN regexp_replace(stored, '(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})', '\1\\ufffd', 'g')
  ELSE stored END::jsonb;

-- A view reads with the rights of its owner, but what a function in it reads is up to who asks: so these have the rights
-- of their owner too, for whoever may use the schema.

-- The input of a job, which its first event brought and its row alone has. Its JSON is in one part or in two.
CREATE FUNCTION sql.input_of_first(job TEXT, sequence INTEGER) RETURNS JSONB
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN coalesce((
  SELECT jsonb_build_object('input', sql.readable_json(CASE WHEN input_large IS NULL THEN input
    WHEN input = '{}' THEN input_large ELSE left(input, -1) || ',' || substr(input_large, 2) END))
  FROM jobs WHERE sequence = 1 AND id = job AND input IS NOT NULL
), '{}');

-- The events of each job. `at` never goes back within a job, whatever the clocks of those who wrote it did. The
-- correlation id is the job's own, with that of the request in the body, or another job's: one is a column of `jobs`, the
-- other of `event_correlations`, so that a query for either goes by an index.
CREATE FUNCTION sql.events_of_job(job TEXT) RETURNS TABLE (sequence INTEGER, at BIGINT, event JSONB)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 5 BEGIN ATOMIC
  SELECT e.sequence, max((e.event ->> 'at')::bigint) OVER (ORDER BY e.sequence), e.event
  FROM (SELECT n.sequence, sql.readable_json(n.line) AS event FROM event_lines(job, 0) n OFFSET 0) e;
END;
CREATE VIEW sql.events_of_jobs (job_id, kind, sequence, at, actor, correlation_id, body) AS
SELECT j.id, j.kind, e.sequence, e.at, e.event ->> 'actor', j.id, e.event -> 'body' || CASE WHEN e.event ? 'request'
  THEN jsonb_build_object('requestId', e.event -> 'request') ELSE '{}' END
FROM jobs j, LATERAL sql.events_of_job(j.id) e WHERE NOT e.event ? 'correlation'
UNION ALL
SELECT c.job_id, j.kind, e.sequence, e.at, e.event ->> 'actor', c.correlation_id, e.event -> 'body'
FROM event_correlations c JOIN jobs j ON j.id = c.job_id, LATERAL sql.events_of_job(c.job_id) e
WHERE e.event ->> 'correlation' = c.correlation_id;

-- `occurred_at` has the event's number as microseconds.
CREATE VIEW sql.domain_events (id, occurred_at, event_type, aggregate_id, correlation_id, actor, payload) AS
SELECT e.job_id || ':' || e.sequence, to_timestamp((e.at * 1000 + e.sequence) / 1000000.0), e.body ->> 'type',
  e.job_id, e.correlation_id, e.actor,
  sql.input_of_first(e.job_id, e.sequence) || e.body || CASE WHEN e.body ? 'state'
    THEN jsonb_build_object('old_state', e.body -> 'from', 'new_state', e.body -> 'state') ELSE '{}' END
FROM sql.events_of_jobs e;

-- All events in the order in which they were committed. Each row of them is unpacked once, where `domain_events` does it
-- for each job.
CREATE VIEW sql.event_feed (transaction, batch, line, occurred_at, event_type, aggregate_id, sequence, actor, payload) AS
SELECT b.tx, b.number, l.place, to_timestamp((e.event ->> 'at')::bigint / 1000.0), e.event #>> '{body,type}',
  substr(l.key, strpos(l.key, ' ') + 1), split_part(l.key, ' ', 1)::integer, e.event ->> 'actor', e.event -> 'body'
FROM event_batches b, unnest(string_to_array(b.keys, E'\n'), string_to_array(b.lines, E'\n'))
  WITH ORDINALITY AS l (key, line, place), LATERAL (SELECT sql.readable_json(l.line) AS event OFFSET 0) e
WHERE l.key <> '';

-- What is still to be said to the outside; what was said is not kept. What failed is tried again.
CREATE VIEW sql.outbox_events (id, aggregate_type, aggregate_id, event_type, payload, status, retry_count, last_error,
  created_at, published_at) AS
SELECT id, 'JOB', job_id, topic, sql.readable_json(payload),
  CASE WHEN last_error IS NULL THEN 'PENDING' ELSE 'FAILED' END, attempts, last_error,
  to_timestamp(created_at / 1000.0), NULL::timestamptz
FROM outbox_events;

-- A saga is a job, and its steps are in its fields, which may be large. Of the attempt under way the job's row says
-- what its step's record will say once it has ended: see `recordsOf` in `src/domain/saga/records.ts`.

CREATE VIEW sql.sagas (id, saga_type, state, correlation_id, actor, started_at, completed_at, error_message, metadata,
  created_at, updated_at) AS
SELECT j.id, j.type,
  CASE j.state WHEN 'succeeded' THEN 'COMPLETED' WHEN 'failed' THEN 'FAILED'
    WHEN 'compensated' THEN 'COMPENSATED' WHEN 'canceled' THEN 'COMPENSATED'
    ELSE CASE WHEN f.small #>> '{next,mode}' <> 'forward' THEN 'COMPENSATING' WHEN j.started_at IS NULL THEN 'PENDING'
      ELSE 'IN_PROGRESS' END END,
  j.parent_id, (SELECT n.event ->> 'actor' FROM sql.events_of_job(j.id) n WHERE n.sequence = 1),
  to_timestamp(j.started_at / 1000.0), to_timestamp(j.ended_at / 1000.0),
  coalesce(f.failure ->> 'message', CASE j.phase WHEN 'failed' THEN
    jsonb_path_query_first(f.steps, '$[*].error.message') #>> '{}' END),
  jsonb_build_object('ownerId', j.owner_id, 'cancelRequested', f.small -> 'cancelRequested', 'failure', f.failure,
    'data', coalesce(sql.readable_json(j.input_large) -> 'data', sql.readable_json(j.input) -> 'data')),
  to_timestamp(j.created_at / 1000.0), to_timestamp(j.updated_at / 1000.0)
FROM jobs j, LATERAL (
  SELECT sql.readable_json(j.fields) AS small, sql.readable_json(j.fields_large) AS large OFFSET 0
) p, LATERAL (
  SELECT p.small, coalesce(p.large -> 'steps', p.small -> 'steps') AS steps,
    nullif(coalesce(p.large -> 'failure', p.small -> 'failure'), 'null') AS failure
) f
WHERE j.kind = 'saga';

CREATE VIEW sql.saga_steps (id, saga_id, step_name, step_order, state, input_data, output_data, compensation_data,
  started_at, completed_at, error_message, retry_count, created_at, updated_at) AS
SELECT j.id || '.' || s.name, j.id, s.name, s.position::integer,
  CASE WHEN s.compensating THEN 'COMPENSATING' WHEN s.running THEN 'IN_PROGRESS' ELSE upper(s.record ->> 'state') END,
  i.data, nullif(s.record -> 'output', 'null'),
  -- What an attempt at the compensation finds the step's work by.
  CASE WHEN (i.steps -> (s.position - 1)::integer ->> 'compensated')::boolean THEN jsonb_build_object(
    'key', j.id || '.' || s.name,
    'attempts', CASE WHEN s.compensating THEN j.attempt ELSE (s.record ->> 'undoAttempts')::integer END) END,
  to_timestamp(s.began / 1000.0), to_timestamp((s.record ->> 'completedAt')::bigint / 1000.0),
  s.record #>> '{error,message}',
  greatest(CASE WHEN s.running THEN j.attempt ELSE (s.record ->> 'attempts')::integer END - 1, 0),
  to_timestamp(j.created_at / 1000.0),
  to_timestamp(CASE WHEN s.running OR s.compensating THEN j.updated_at
    ELSE coalesce((s.record ->> 'completedAt')::bigint, s.began, j.created_at) END / 1000.0)
FROM jobs j, LATERAL (
  SELECT sql.readable_json(j.fields) AS small, sql.readable_json(j.fields_large) AS large,
    sql.readable_json(j.input) AS input, sql.readable_json(j.input_large) AS input_large OFFSET 0
) p, LATERAL (
  SELECT coalesce(p.input_large -> 'data', p.input -> 'data') AS data,
    coalesce(p.input_large #> '{definition,steps}', p.input #> '{definition,steps}') AS steps
) i, LATERAL (
  SELECT r.record, r.position, r.record ->> 'name' AS name, n.here AND n.mode = 'forward' AS running,
    n.here AND n.mode = 'compensating' AS compensating,
    coalesce((r.record ->> 'startedAt')::bigint, CASE WHEN n.here AND n.mode = 'forward' THEN j.updated_at END) AS began
  FROM jsonb_array_elements(coalesce(p.large -> 'steps', p.small -> 'steps')) WITH ORDINALITY AS r (record, position),
    LATERAL (
      SELECT j.lease_token IS NOT NULL AND r.record ->> 'name' = p.small #>> '{next,step}' AS here,
        p.small #>> '{next,mode}' AS mode
    ) n
) s
WHERE j.kind = 'saga';

-- The event of a claim names no step: the one before it says what is next. `occurred_at` has the event's number as
-- microseconds.
CREATE VIEW sql.saga_audit_events (id, saga_id, event_type, step_name, message, payload, occurred_at) AS
SELECT e.job_id || ':' || e.sequence, e.job_id,
  CASE WHEN e.event_type <> 'StepStarted' THEN e.event_type
    WHEN e.mode = 'compensating' THEN 'StepCompensationStarted' WHEN e.mode = 'ending' THEN 'EndingStarted'
    ELSE 'StepStarted' END,
  e.step,
  CASE e.event_type
    WHEN 'SagaStarted' THEN 'Saga ' || (e.body ->> 'jobType') || ' begins.'
    WHEN 'StepStarted' THEN CASE e.mode
      WHEN 'compensating' THEN 'Attempt ' || (e.body ->> 'attempt') || ' to undo step ' || e.step || ' begins.'
      WHEN 'ending' THEN 'Attempt ' || (e.body ->> 'attempt') || ' to end the saga begins.'
      ELSE CASE e.body ->> 'state' WHEN 'awaiting' THEN 'Step ' || e.step || ' is awaited.'
        ELSE 'Attempt ' || (e.body ->> 'attempt') || ' at step ' || e.step || ' begins.' END END
    WHEN 'StepSettled' THEN 'What step ' || e.step || ' waits for has happened before its turn.'
    WHEN 'StepTimedOut' THEN 'The time limit of step ' || e.step || ' is over.'
    WHEN 'StepCompleted' THEN 'Step ' || e.step || ' is completed.'
    WHEN 'StepFailed' THEN 'Step ' || e.step || ' failed' ||
      CASE WHEN (e.body ->> 'final')::boolean THEN ': ' ELSE ' and is to be tried again: ' END || (e.body ->> 'message')
    WHEN 'CancelRequested' THEN 'The saga is to be canceled.'
    WHEN 'CompensationStarted' THEN 'What was done is to be undone, because ' ||
      CASE e.body ->> 'reason' WHEN 'canceled' THEN 'the saga was canceled.' ELSE 'a step failed.' END
    WHEN 'StepCompensated' THEN 'Step ' || e.step || ' is undone.'
    WHEN 'StepCompensationFailed' THEN CASE WHEN (e.body ->> 'final')::boolean
      THEN 'Step ' || e.step || ' could not be undone: '
      ELSE 'Undoing step ' || e.step || ' failed and is to be tried again: ' END || (e.body ->> 'message')
    WHEN 'AttemptReleased' THEN coalesce('The runner stopped in step ' || e.step, 'The runner stopped') ||
      '; the attempt does not count.'
    WHEN 'SagaEnding' THEN 'Nothing is left to be done but to tell the job of the end.'
    WHEN 'SagaCompleted' THEN 'All steps are completed.'
    WHEN 'SagaFailed' THEN 'The saga failed, and not all that was begun is undone.'
    WHEN 'SagaCompensated' THEN 'The saga failed, and all that was begun is undone.'
    WHEN 'SagaCanceled' THEN 'The saga is canceled, and all that was begun is undone.' END,
  sql.input_of_first(e.job_id, e.sequence) || e.body, to_timestamp((e.at * 1000 + e.sequence) / 1000000.0)
FROM (
  SELECT w.*, w.next ->> 'mode' AS mode,
    coalesce(w.body ->> 'step', CASE WHEN w.event_type IN ('StepStarted', 'StepTimedOut') THEN w.next ->> 'step' END) AS step
  FROM (
    SELECT j.id AS job_id, e.sequence, e.body ->> 'type' AS event_type, e.body, e.at, e.next
    FROM jobs j, LATERAL (
      SELECT o.sequence, o.at, o.event -> 'body' AS body,
        lag(o.event -> 'body') OVER (ORDER BY o.sequence) -> 'next' AS next
      FROM sql.events_of_job(j.id) o
    ) e
    WHERE j.kind = 'saga'
  ) w
) e;

-- Of logs that were sealed into an object of their own.
CREATE VIEW sql.job_log_files (id, job_id, storage_uri, size_bytes, entry_count, created_at, expires_at) AS
SELECT id, job_id, storage_uri, size_bytes, entry_count::integer, to_timestamp(created_at / 1000.0),
  to_timestamp(expires_at / 1000.0)
FROM log_files;
