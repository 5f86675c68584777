-- What is common to all users and jobs, where each of those has a database of its own (a Durable Object): the
-- history, the API keys, and the index of jobs whose history is not written yet. The tables that SQLite's dialect
-- has too are the same ones; a test compares them. Every row and every entry of an index is paid for.

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  roles TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The ids of the keys that it was made with, and its own.
  lineage TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);
CREATE INDEX api_keys_by_age ON api_keys (created_at, id);
CREATE INDEX api_keys_by_lineage ON api_keys (lineage);

-- `key` and `email_key` are the id and the address in lower case.
CREATE TABLE users (
  key TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  email TEXT,
  email_key TEXT,
  name TEXT,
  password_hash TEXT NOT NULL,
  roles TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  tokens_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_by_email ON users (email_key) WHERE email_key IS NOT NULL;

-- Whoever logged in from a network before is let through when strangers try a user's password too often.
CREATE TABLE login_networks (
  user_key TEXT NOT NULL,
  network TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_key, network)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_networks_by_age ON login_networks (user_key, at, network);

-- Sessions whose tokens are not good any longer, until they would have expired by themselves.
CREATE TABLE ended_sessions (
  id TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_sessions_by_end ON ended_sessions (expires_at);

CREATE TABLE attempts (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_end ON attempts (ends_at);

-- Not WITHOUT ROWID: a row of more than 1,002 bytes would take pages of its own there.
CREATE TABLE job_history (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  state TEXT NOT NULL,
  items_total INTEGER NOT NULL,
  items_done INTEGER NOT NULL,
  items_failed INTEGER NOT NULL,
  cost_estimate INTEGER NOT NULL,
  credits_spent INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER NOT NULL,
  error TEXT,
  cost_micro_usd INTEGER NOT NULL,
  -- JSON.
  labels TEXT NOT NULL,
  parent_id TEXT,
  -- JSON: see `domain/job/input-keys.ts`.
  input_keys TEXT,
  fields TEXT NOT NULL,
  -- JSON: `{idx, state, outputKey, …}` of each item, without what is null.
  items TEXT NOT NULL,
  -- JSON: `{sequence, type, amount, occurredAt}` of each line of the owner's ledger that is for the job.
  billing TEXT NOT NULL
) STRICT;

-- Lines of ledgers that are for no job, or for one whose history was deleted since.
CREATE TABLE billing_rows (
  account_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  job_id TEXT,
  type TEXT NOT NULL,
  amount INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE VIEW job_item_history (job_id, idx, state, input_key, output_key, preview_key, error, error_code, confidence,
  recorded_at) AS
SELECT h.job_id, i.value ->> 'idx', i.value ->> 'state',
  json_extract(h.input_keys, '$.prefix') ||
    coalesce(json_extract(h.input_keys, '$.numbers[' || (i.value ->> 'idx') || ']'), i.value ->> 'idx') ||
    json_extract(h.input_keys, '$.suffix'),
  i.value ->> 'outputKey', i.value ->> 'previewKey', i.value ->> 'error', i.value ->> 'errorCode',
  i.value ->> 'confidence', i.value ->> 'recordedAt'
FROM job_history h, json_each(h.items) i;

CREATE VIEW billing_history (account_id, sequence, job_id, type, amount, occurred_at) AS
SELECT h.owner_id, b.value ->> 'sequence', h.job_id, b.value ->> 'type', b.value ->> 'amount', b.value ->> 'occurredAt'
FROM job_history h, json_each(h.billing) b
UNION ALL SELECT account_id, sequence, job_id, type, amount, occurred_at FROM billing_rows;

-- The history as those know it who query it: times are ISO 8601 in UTC.

CREATE VIEW jobs_log (job_id, user_id, preset, rule_id, status, items_total, items_done, items_failed, concepts_json,
  protect_json, cost_estimate, credits_spent, created_at, started_at, finished_at, error) AS
SELECT job_id, owner_id, json_extract(fields, '$.preset'), json_extract(fields, '$.ruleId'), state, items_total,
  items_done, items_failed, json_extract(fields, '$.concepts'), json_extract(fields, '$.protect'), cost_estimate,
  credits_spent, strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch'),
  strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch'), error
FROM job_history;

CREATE VIEW job_items_log (job_id, idx, status, input_key, output_key, preview_key, error, created_at) AS
SELECT i.job_id, i.idx, i.state, i.input_key, i.output_key, i.preview_key, i.error,
  strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(i.recorded_at, h.ended_at) / 1000.0, 'unixepoch')
FROM job_history h JOIN job_item_history i ON i.job_id = h.job_id;

CREATE VIEW billing_events (id, user_id, type, amount, ref, created_at) AS
SELECT account_id || ':' || sequence, account_id, type, amount, job_id,
  strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at / 1000.0, 'unixepoch')
FROM billing_history;

-- Jobs that are open for more than a minute, until their history is written. `check_at`: when somebody looks whether the job's
-- own alarm still does its work.
CREATE TABLE open_jobs (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  check_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_jobs_by_check ON open_jobs (check_at);
