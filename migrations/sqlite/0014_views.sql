-- What people who look into the database query: `docs/guides/sql.md`. Times are ISO 8601 in UTC. A file has no schemas
-- beside `main`: tables whose names the views have are called `..._rows` here.

-- The batches with the events of a job.
CREATE VIEW batches_of_jobs AS
SELECT j.id AS job_id, n.value AS batch FROM job_rows j, json_each('[' || j.event_batches || ']') n
UNION ALL
SELECT e.job_id, n.value FROM earlier_event_batches e, json_each('[' || e.batches || ']') n;

-- Batches as JSON, two arrays in one: the keys of their events, and behind a null their lines, null where a job was
-- forgotten.
CREATE VIEW unpacked_batches AS
SELECT id, '[["' || replace(keys, char(10), '","') || '"],[null' ||
  replace(replace(replace(char(10) || lines || char(10), char(10, 10), char(10) || 'null' || char(10)),
    char(10, 10), char(10) || 'null' || char(10)), char(10), ',') || 'null]]' AS batch
FROM event_batches;

-- What was said of jobs, all but the input that a job's first event brought. The correlation id is the job's own, with
-- that of the request in the body, or another job's. Whoever names a job goes by its batches. Whoever does not goes from
-- batch to batch, and opens each once, not once for each of its jobs: that this costs less is what `likelihood` says.
CREATE VIEW event_lines AS
SELECT j.id AS job_id, j.kind, CAST(k.value AS INTEGER) AS sequence, l.value ->> '$.at' AS at,
  coalesce(l.value ->> '$.correlation', j.id) AS correlation_id, l.value ->> '$.actor' AS actor,
  json_patch(l.value -> '$.body', iif(l.value -> '$.request' IS NULL, '{}',
    json_object('requestId', l.value ->> '$.request'))) AS body, j.input, j.input_large
FROM job_rows j, batches_of_jobs n, unpacked_batches b, json_each(b.batch, '$[0]') k,
  json_each('[' || (k.json -> ('$[1][' || (k.key + 1) || ']')) || ']') l
WHERE likelihood(b.id > 0, 0.001) AND n.job_id = j.id AND b.id = n.batch
  AND substr(k.value, instr(k.value, ' ') + 1) = j.id;

-- The same whole: the job's row has the input as JSON in one part or in two.
CREATE VIEW whole_event_rows AS
SELECT job_id AS aggregate_id, kind AS aggregate_kind, sequence, at AS occurred_at, body ->> '$.type' AS event_type,
  correlation_id, actor,
  iif(sequence <> 1 OR input IS NULL, body, json_set(body, '$.input', json(CASE WHEN input_large IS NULL THEN input
    WHEN input = '{}' THEN input_large
    ELSE substr(input, 1, length(input) - 1) || ',' || substr(input_large, 2) END))) AS payload
FROM event_lines;

-- `occurred_at` has the event's number as microseconds, and never goes back within a job, whatever the clocks of those
-- who wrote it did.
CREATE VIEW domain_events (id, occurred_at, event_type, aggregate_id, correlation_id, actor, payload) AS
SELECT m.aggregate_id || ':' || m.sequence,
  strftime('%Y-%m-%dT%H:%M:%S', m.micros / 1000000, 'unixepoch') || printf('.%06dZ', m.micros % 1000000),
  m.event_type, m.aggregate_id, m.correlation_id, m.actor,
  iif(m.payload -> '$.state' IS NULL, m.payload,
    json_set(m.payload, '$.old_state', m.payload ->> '$.from', '$.new_state', m.payload ->> '$.state'))
FROM (
  SELECT *, max(occurred_at) OVER (PARTITION BY aggregate_id ORDER BY sequence) * 1000 + sequence AS micros
  FROM whole_event_rows
) m;

-- What is still to be said to the outside; what was said is not kept. What failed is tried again.
CREATE VIEW outbox_events (id, aggregate_type, aggregate_id, event_type, payload, status, retry_count, last_error,
  created_at, published_at) AS
SELECT id, 'JOB', job_id, topic, payload, iif(last_error IS NULL, 'PENDING', 'FAILED'), attempts, last_error,
  strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch'), NULL
FROM outbox_rows;

-- A saga is a job, and its steps are in its fields, which may be large. Of the attempt under way the job's row says
-- what its step's record will say once it has ended: see `recordsOf` in `src/domain/saga/records.ts`.

CREATE VIEW sagas (id, saga_type, state, correlation_id, actor, started_at, completed_at, error_message, metadata,
  created_at, updated_at) AS
SELECT j.id, j.type,
  CASE j.state WHEN 'succeeded' THEN 'COMPLETED' WHEN 'failed' THEN 'FAILED'
    WHEN 'compensated' THEN 'COMPENSATED' WHEN 'canceled' THEN 'COMPENSATED'
    ELSE CASE WHEN j.fields ->> '$.next.mode' <> 'forward' THEN 'COMPENSATING' WHEN j.started_at IS NULL THEN 'PENDING'
      ELSE 'IN_PROGRESS' END END,
  j.parent_id, (SELECT actor FROM whole_event_rows e WHERE e.aggregate_id = j.id AND e.sequence = 1),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.started_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.ended_at / 1000.0, 'unixepoch'),
  coalesce(j.fields_large ->> '$.failure.message', j.fields ->> '$.failure.message', CASE j.phase WHEN 'failed' THEN (
    SELECT s.value ->> '$.error.message'
    FROM json_each(coalesce(j.fields_large -> '$.steps', j.fields -> '$.steps')) s
    WHERE s.value ->> '$.error.message' IS NOT NULL ORDER BY s.key LIMIT 1
  ) END),
  json_object('ownerId', j.owner_id, 'cancelRequested', j.fields -> '$.cancelRequested',
    'failure', json(coalesce(j.fields_large -> '$.failure', j.fields -> '$.failure')),
    'data', json(coalesce(j.input_large -> '$.data', j.input -> '$.data'))),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.updated_at / 1000.0, 'unixepoch')
FROM job_rows j WHERE j.kind = 'saga';

CREATE VIEW saga_steps (id, saga_id, step_name, step_order, state, input_data, output_data, compensation_data,
  started_at, completed_at, error_message, retry_count, created_at, updated_at) AS
SELECT s.saga_id || '.' || s.name, s.saga_id, s.name, s.position + 1,
  CASE WHEN s.compensating THEN 'COMPENSATING' WHEN s.running THEN 'IN_PROGRESS' ELSE upper(s.record ->> '$.state') END,
  coalesce(s.input_large -> '$.data', s.input -> '$.data'), nullif(s.record -> '$.output', 'null'),
  -- What an attempt at the compensation finds the step's work by.
  CASE WHEN coalesce(s.input_large -> '$.definition', s.input -> '$.definition')
      ->> ('$.steps[' || s.position || '].compensated') THEN
    json_object('key', s.saga_id || '.' || s.name,
      'attempts', iif(s.compensating, s.attempt, s.record ->> '$.undoAttempts')) END,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.began / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', (s.record ->> '$.completedAt') / 1000.0, 'unixepoch'), s.record ->> '$.error.message',
  max(iif(s.running, s.attempt, s.record ->> '$.attempts') - 1, 0),
  strftime('%Y-%m-%dT%H:%M:%fZ', s.created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', CASE WHEN s.running OR s.compensating THEN s.updated_at
    ELSE coalesce(s.record ->> '$.completedAt', s.began, s.created_at) END / 1000.0, 'unixepoch')
FROM (
  SELECT n.*, n.here AND n.mode = 'forward' AS running, n.here AND n.mode = 'compensating' AS compensating,
    coalesce(n.record ->> '$.startedAt', iif(n.here AND n.mode = 'forward', n.updated_at, NULL)) AS began
  FROM (
    SELECT j.id AS saga_id, j.input, j.input_large, j.attempt, j.created_at, j.updated_at, r.key AS position,
      r.value AS record, r.value ->> '$.name' AS name, j.fields ->> '$.next.mode' AS mode,
      j.lease_token IS NOT NULL AND r.value ->> '$.name' = j.fields ->> '$.next.step' AS here
    FROM job_rows j, json_each(coalesce(j.fields_large -> '$.steps', j.fields -> '$.steps')) r
    WHERE j.kind = 'saga'
  ) n
) s;

-- The event of a claim names no step: the one before it says what is next. `occurred_at` has the event's number as
-- microseconds, and never goes back, whatever the clocks of those who wrote it did.
CREATE VIEW saga_audit_events (id, saga_id, event_type, step_name, message, payload, occurred_at) AS
SELECT e.aggregate_id || ':' || e.sequence, e.aggregate_id,
  CASE WHEN e.event_type <> 'StepStarted' THEN e.event_type
    WHEN e.mode = 'compensating' THEN 'StepCompensationStarted' WHEN e.mode = 'ending' THEN 'EndingStarted'
    ELSE 'StepStarted' END,
  e.step,
  CASE e.event_type
    WHEN 'SagaStarted' THEN 'Saga ' || (e.payload ->> '$.jobType') || ' begins.'
    WHEN 'StepStarted' THEN CASE e.mode
      WHEN 'compensating' THEN 'Attempt ' || (e.payload ->> '$.attempt') || ' to undo step ' || e.step || ' begins.'
      WHEN 'ending' THEN 'Attempt ' || (e.payload ->> '$.attempt') || ' to end the saga begins.'
      ELSE iif(e.payload ->> '$.state' = 'awaiting', 'Step ' || e.step || ' is awaited.',
        'Attempt ' || (e.payload ->> '$.attempt') || ' at step ' || e.step || ' begins.') END
    WHEN 'StepSettled' THEN 'What step ' || e.step || ' waits for has happened before its turn.'
    WHEN 'StepTimedOut' THEN 'The time limit of step ' || e.step || ' is over.'
    WHEN 'StepCompleted' THEN 'Step ' || e.step || ' is completed.'
    WHEN 'StepFailed' THEN 'Step ' || e.step || ' failed' ||
      iif(e.payload ->> '$.final', ': ', ' and is to be tried again: ') || (e.payload ->> '$.message')
    WHEN 'CancelRequested' THEN 'The saga is to be canceled.'
    WHEN 'CompensationStarted' THEN 'What was done is to be undone, because ' ||
      CASE e.payload ->> '$.reason' WHEN 'canceled' THEN 'the saga was canceled.' ELSE 'a step failed.' END
    WHEN 'StepCompensated' THEN 'Step ' || e.step || ' is undone.'
    WHEN 'StepCompensationFailed' THEN iif(e.payload ->> '$.final', 'Step ' || e.step || ' could not be undone: ',
      'Undoing step ' || e.step || ' failed and is to be tried again: ') || (e.payload ->> '$.message')
    WHEN 'AttemptReleased' THEN coalesce('The runner stopped in step ' || e.step, 'The runner stopped') ||
      '; the attempt does not count.'
    WHEN 'SagaEnding' THEN 'Nothing is left to be done but to tell the job of the end.'
    WHEN 'SagaCompleted' THEN 'All steps are completed.'
    WHEN 'SagaFailed' THEN 'The saga failed, and not all that was begun is undone.'
    WHEN 'SagaCompensated' THEN 'The saga failed, and all that was begun is undone.'
    WHEN 'SagaCanceled' THEN 'The saga is canceled, and all that was begun is undone.' END,
  e.payload, strftime('%Y-%m-%dT%H:%M:%S', e.micros / 1000000, 'unixepoch') || printf('.%06dZ', e.micros % 1000000)
FROM (
  SELECT w.*, w.next ->> '$.mode' AS mode, w.at * 1000 + w.sequence AS micros,
    coalesce(w.payload ->> '$.step', iif(w.event_type IN ('StepStarted', 'StepTimedOut'), w.next ->> '$.step', NULL)) AS step
  FROM (
    SELECT aggregate_id, sequence, event_type, payload, lag(payload) OVER saga -> '$.next' AS next,
      max(occurred_at) OVER saga AS at
    FROM whole_event_rows WHERE aggregate_kind = 'saga'
    WINDOW saga AS (PARTITION BY aggregate_id ORDER BY sequence)
  ) w
) e;

-- Of logs that were sealed into an object of their own.
CREATE VIEW job_log_files (id, job_id, storage_uri, size_bytes, entry_count, created_at, expires_at) AS
SELECT id, job_id, storage_uri, size_bytes, entry_count,
  strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', expires_at / 1000.0, 'unixepoch')
FROM log_files;
