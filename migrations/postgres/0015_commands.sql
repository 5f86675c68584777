-- Providers of workers, and secrets that commands are given. See `src/kinds/command/application/provider-records.ts`.
CREATE TABLE providers (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  config TEXT NOT NULL,
  site TEXT COLLATE "C",
  status TEXT COLLATE "C" NOT NULL,
  priority INTEGER NOT NULL,
  max_workers INTEGER NOT NULL,
  pool TEXT NOT NULL,
  labels TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX providers_by_name ON providers (name);

CREATE TABLE secrets (
  name TEXT COLLATE "C" PRIMARY KEY,
  -- Encrypted by the key of the installation, which is not in the database.
  sealed TEXT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- Jobs of people, with the columns that those who look into the database know: see `docs/guides/sql.md`.
CREATE VIEW sql.jobs (id, kind, spec, state, selected_provider_id, execution_context, attempts, max_attempts, created_at,
  started_at, completed_at, result, error_message, metadata) AS
SELECT j.id, j.kind, f.spec, j.state,
  coalesce(f.assignment ->> 'providerId', f.last ->> 'providerId'), nullif(f.assignment, 'null'), j.attempt,
  coalesce((f.spec #>> '{retry,maxAttempts}')::integer, (f.spec ->> 'maxAttempts')::integer),
  to_timestamp(j.created_at / 1000.0), to_timestamp(j.started_at / 1000.0), to_timestamp(j.ended_at / 1000.0),
  CASE WHEN j.ended_at IS NOT NULL THEN coalesce(f.result, jsonb_build_object('exitCode', f.exit_code)) END,
  coalesce(f.failure ->> 'message', CASE j.phase WHEN 'failed' THEN f.error_log -> -1 ->> 'message' END),
  jsonb_build_object('ownerId', j.owner_id, 'phase', j.phase, 'costMicroUsd', j.cost_micro_usd, 'parentId', j.parent_id)
FROM jobs j, LATERAL (
  SELECT sql.readable_json(j.fields) AS small, sql.readable_json(j.fields_large) AS large,
    sql.readable_json(j.input) AS input, sql.readable_json(j.input_large) AS input_large OFFSET 0
) p, LATERAL (
  SELECT coalesce(p.input, '{}') || coalesce(p.input_large, '{}') AS spec,
    coalesce(p.small, '{}') || coalesce(p.large, '{}') AS fields
) m, LATERAL (
  SELECT m.spec, m.fields -> 'assignment' AS assignment, m.fields -> 'executions' -> -1 AS last,
    nullif(m.fields -> 'result', 'null') AS result, m.fields -> 'exitCode' AS exit_code,
    nullif(m.fields -> 'failure', 'null') AS failure, m.fields -> 'errorLog' AS error_log
) f
WHERE j.kind NOT IN ('saga', 'worker');

CREATE VIEW sql.provider_configs (id, name, provider_type, config, status, priority, max_workers, tags, metadata,
  created_at, updated_at) AS
SELECT p.id, p.name, p.type, p.config::jsonb, p.status, p.priority, p.max_workers, '[]'::jsonb, p.labels::jsonb,
  to_timestamp(p.created_at / 1000.0), to_timestamp(p.updated_at / 1000.0)
FROM providers p;

-- Of providers. `last_heartbeat` is when the lease of a worker was renewed.
CREATE VIEW sql.workers (id, provider_id, provider_type, provider_resource_id, state, spec, handle,
  current_job_id, last_heartbeat, created_at, updated_at) AS
SELECT j.id, p.input ->> 'providerId', j.type, p.fields ->> 'resourceId', j.state, p.input -> 'spec',
  CASE WHEN p.fields ->> 'resourceId' IS NOT NULL
    THEN jsonb_build_object('worker_id', j.id, 'resource_id', p.fields ->> 'resourceId') END,
  p.fields ->> 'jobId',
  to_timestamp((j.leased_until - j.lease_ms) / 1000.0),
  to_timestamp(j.created_at / 1000.0), to_timestamp(j.updated_at / 1000.0)
FROM jobs j, LATERAL (
  SELECT sql.readable_json(j.fields) AS fields, sql.readable_json(j.input) AS input OFFSET 0
) p
WHERE j.kind = 'worker';

-- Command jobs that wait for a worker.
CREATE VIEW sql.job_queue (job_id, enqueued_at, priority) AS
SELECT j.id, to_timestamp(j.due_at / 1000.0), j.priority FROM jobs_open j
WHERE j.kind = 'command' AND j.stage IN ('ready', 'scheduled', 'queued');

-- What the agents of workers register with, once. The tokens themselves are stored nowhere.
CREATE VIEW sql.worker_bootstrap_tokens (worker_id, created_at, expires_at, consumed_at) AS
SELECT j.id, to_timestamp(b.at / 1000.0), to_timestamp((b.event #>> '{body,deadlineAt}')::bigint / 1000.0), (
    SELECT to_timestamp(min(r.at) / 1000.0) FROM sql.events_of_job(j.id) r
    WHERE r.event #>> '{body,type}' = 'WorkerRegistered'
  )
FROM jobs j, LATERAL sql.events_of_job(j.id) b
WHERE j.kind = 'worker' AND b.sequence = 1;
