CREATE TABLE job_history (
  job_id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  items_total INTEGER NOT NULL,
  items_done INTEGER NOT NULL,
  items_failed INTEGER NOT NULL,
  cost_estimate BIGINT NOT NULL,
  credits_spent BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT NOT NULL,
  error TEXT,
  cost_micro_usd BIGINT NOT NULL,
  -- JSON.
  labels TEXT NOT NULL,
  parent_id TEXT COLLATE "C",
  -- JSON: see `domain/job/input-keys.ts`.
  input_keys TEXT,
  fields TEXT NOT NULL
);

-- The rest of an ended job's history is not written again: its items and its part of the ledger never change, so
-- these are views of them, exactly once by construction.

CREATE VIEW job_item_history (job_id, idx, state, input_key, output_key, preview_key, error, error_code, confidence,
  recorded_at) AS
SELECT p.job_id, p.idx, p.state,
  l.input_keys::json ->> 'prefix' || coalesce(l.input_keys::json #>> ARRAY['numbers', p.idx::text], p.idx::text) ||
    (l.input_keys::json ->> 'suffix'),
  p.output_key, p.preview_key, p.error, p.error_code, p.confidence, p.recorded_at
FROM job_history l JOIN (
  SELECT job_id, idx, state, output_key, preview_key, error, error_code, confidence, recorded_at FROM job_items
  UNION ALL
  -- Items without a result: as many positions as the job has items, less those recorded.
  SELECT u.job_id, z.idx, 'unfinished', NULL, NULL, NULL, NULL, NULL, NULL
  FROM job_history u, generate_series(0, u.items_total - 1) AS z (idx)
  WHERE u.items_done + u.items_failed < u.items_total
    AND NOT EXISTS (SELECT 1 FROM job_items i WHERE i.job_id = u.job_id AND i.idx = z.idx)
) p ON p.job_id = l.job_id;

CREATE VIEW billing_history (account_id, sequence, job_id, type, amount, occurred_at) AS
SELECT account_id, sequence, job_id, type, amount, at FROM ledger
-- A job's lines when it has ended; they stay when the job goes.
WHERE job_id IS NULL OR NOT EXISTS (SELECT 1 FROM jobs_open j WHERE j.id = ledger.job_id);

-- The history as those know it who query it: with times of the database's own sort. Credits of one job or movement fit
-- into an INTEGER, which drivers read as a number, where of a BIGINT they make text.

CREATE VIEW jobs_log (job_id, user_id, preset, rule_id, status, items_total, items_done, items_failed, concepts_json,
  protect_json, cost_estimate, credits_spent, created_at, started_at, finished_at, error) AS
SELECT job_id, owner_id, fields::json ->> 'preset', fields::json ->> 'ruleId', state, items_total, items_done,
  items_failed, fields::json ->> 'concepts', fields::json ->> 'protect', cost_estimate::integer,
  credits_spent::integer, to_timestamp(created_at / 1000.0), to_timestamp(started_at / 1000.0),
  to_timestamp(ended_at / 1000.0), error
FROM job_history;

CREATE VIEW job_items_log (job_id, idx, status, input_key, output_key, preview_key, error, created_at) AS
SELECT i.job_id, i.idx, i.state, i.input_key, i.output_key, i.preview_key, i.error,
  to_timestamp(coalesce(i.recorded_at, h.ended_at) / 1000.0)
FROM job_history h JOIN job_item_history i ON i.job_id = h.job_id;

CREATE VIEW billing_events (id, user_id, type, amount, ref, created_at) AS
SELECT account_id || ':' || sequence, account_id, type, amount::integer, job_id, to_timestamp(occurred_at / 1000.0)
FROM billing_history;
