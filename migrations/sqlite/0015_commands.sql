-- Providers of workers, and secrets that commands are given. See `src/kinds/command/application/provider-records.ts`.
CREATE TABLE providers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  config TEXT NOT NULL,
  site TEXT,
  status TEXT NOT NULL,
  priority INTEGER NOT NULL,
  max_workers INTEGER NOT NULL,
  pool TEXT NOT NULL,
  labels TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX providers_by_name ON providers (name);

CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  -- Encrypted by the key of the installation, which is not in the database.
  sealed TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Jobs of people, with the columns that those who look into the database know: see `docs/guides/sql.md`.
CREATE VIEW jobs (id, kind, spec, state, selected_provider_id, execution_context, attempts, max_attempts, created_at,
  started_at, completed_at, result, error_message, metadata) AS
SELECT j.id, j.kind,
  -- Two JSON objects that have no name in common.
  CASE WHEN coalesce(j.input_large, '{}') = '{}' THEN coalesce(j.input, '{}')
    WHEN coalesce(j.input, '{}') = '{}' THEN j.input_large
    ELSE substr(j.input, 1, length(j.input) - 1) || ',' || substr(j.input_large, 2) END,
  j.state,
  coalesce(coalesce(j.fields_large -> '$.assignment', j.fields -> '$.assignment') ->> '$.providerId',
    coalesce(j.fields_large -> '$.executions', j.fields -> '$.executions') ->> '$[#-1].providerId'),
  nullif(coalesce(j.fields_large -> '$.assignment', j.fields -> '$.assignment'), 'null'), j.attempt,
  coalesce(j.input_large ->> '$.retry.maxAttempts', j.input ->> '$.retry.maxAttempts',
    j.input_large ->> '$.maxAttempts', j.input ->> '$.maxAttempts'),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.started_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.ended_at / 1000.0, 'unixepoch'),
  CASE WHEN j.ended_at IS NOT NULL THEN coalesce(
    nullif(coalesce(j.fields_large -> '$.result', j.fields -> '$.result'), 'null'),
    json_object('exitCode', j.fields -> '$.exitCode')) END,
  coalesce(j.fields_large ->> '$.failure.message', j.fields ->> '$.failure.message', CASE j.phase WHEN 'failed'
    THEN coalesce(j.fields_large -> '$.errorLog', j.fields -> '$.errorLog') ->> '$[#-1].message' END),
  json_object('ownerId', j.owner_id, 'phase', j.phase, 'costMicroUsd', j.cost_micro_usd, 'parentId', j.parent_id)
FROM job_rows j WHERE j.kind NOT IN ('saga', 'worker');

CREATE VIEW provider_configs (id, name, provider_type, config, status, priority, max_workers, tags, metadata,
  created_at, updated_at) AS
SELECT id, name, type, config, status, priority, max_workers, '[]', labels,
  strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', updated_at / 1000.0, 'unixepoch')
FROM providers;

-- Of providers. `last_heartbeat` is when the lease of a worker was renewed.
CREATE VIEW workers (id, provider_id, provider_type, provider_resource_id, state, spec, handle, current_job_id,
  last_heartbeat, created_at, updated_at) AS
SELECT j.id, coalesce(j.input_large, j.input) ->> '$.providerId', j.type, j.fields ->> '$.resourceId', j.state,
  coalesce(j.input_large -> '$.spec', j.input -> '$.spec'),
  CASE WHEN j.fields ->> '$.resourceId' IS NOT NULL
    THEN json_object('worker_id', j.id, 'resource_id', j.fields ->> '$.resourceId') END,
  j.fields ->> '$.jobId',
  iif(j.stage = 'leased', strftime('%Y-%m-%dT%H:%M:%fZ', (j.leased_until - j.lease_ms) / 1000.0, 'unixepoch'), NULL),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', j.updated_at / 1000.0, 'unixepoch')
FROM job_rows j WHERE j.kind = 'worker';

-- Command jobs that wait for a worker.
CREATE VIEW job_queue (job_id, enqueued_at, priority) AS
SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ', due_at / 1000.0, 'unixepoch'), priority
FROM job_rows WHERE stage = 'ready' AND kind = 'command'
UNION ALL
SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ', due_at / 1000.0, 'unixepoch'), priority
FROM job_rows WHERE stage = 'queued' AND +kind = 'command'
UNION ALL
SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ', due_at / 1000.0, 'unixepoch'), priority
FROM job_rows WHERE stage = 'scheduled' AND +kind = 'command';

-- What the agents of workers register with, once. The tokens themselves are stored nowhere.
CREATE VIEW worker_bootstrap_tokens (worker_id, created_at, expires_at, consumed_at) AS
SELECT b.aggregate_id, strftime('%Y-%m-%dT%H:%M:%fZ', b.occurred_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', (b.payload ->> '$.deadlineAt') / 1000.0, 'unixepoch'), (
    SELECT strftime('%Y-%m-%dT%H:%M:%fZ', r.occurred_at / 1000.0, 'unixepoch') FROM whole_event_rows r
    WHERE r.aggregate_id = b.aggregate_id AND r.event_type = 'WorkerRegistered'
  )
FROM whole_event_rows b WHERE b.aggregate_kind = 'worker' AND b.sequence = 1;
