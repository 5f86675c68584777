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
  fields TEXT NOT NULL
) STRICT;

-- The rest of an ended job's history is not written again: its items and its part of the ledger never change, so
-- these are views of them, exactly once by construction. (Measured: as tables they made every lifecycle write a
-- quarter more pages.)

CREATE VIEW job_item_history (job_id, idx, state, input_key, output_key, preview_key, error, error_code, confidence,
  recorded_at) AS
SELECT p.job_id, p.idx, p.state,
  json_extract(l.input_keys, '$.prefix') ||
    coalesce(json_extract(l.input_keys, '$.numbers[' || p.idx || ']'), p.idx) || json_extract(l.input_keys, '$.suffix'),
  p.output_key, p.preview_key, p.error, p.error_code, p.confidence, p.recorded_at
FROM job_history l JOIN (
  SELECT job_id, idx, state, output_key, preview_key, error, error_code, confidence, recorded_at FROM job_items
  UNION ALL
  -- Items without a result: as many positions as the job has items (an array of so many zeros), less those recorded.
  SELECT u.job_id, z.key, 'unfinished', NULL, NULL, NULL, NULL, NULL, NULL
  FROM job_history u, json_each('[' || rtrim(replace(hex(zeroblob(u.items_total)), '00', '0,'), ',') || ']') z
  WHERE u.items_done + u.items_failed < u.items_total
    AND NOT EXISTS (SELECT 1 FROM job_items i WHERE i.job_id = u.job_id AND i.idx = z.key)
) p ON p.job_id = l.job_id;

CREATE VIEW billing_history (account_id, sequence, job_id, type, amount, occurred_at) AS
SELECT account_id, sequence, job_id, type, amount, at FROM ledger
-- A job's lines when it has ended; they stay when the job goes.
WHERE job_id IS NULL OR NOT EXISTS (SELECT 1 FROM job_rows j WHERE j.id = ledger.job_id AND j.ended_at IS NULL);

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
