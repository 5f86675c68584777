-- `due_at` of a pending one: when it may be claimed (again); a claim moves it to the end of its lease. `token` is
-- another one after each claim and each record: of those that say what became of a claim, one is believed.
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  url TEXT NOT NULL,
  -- Of the URL: what is sent at once is limited by it.
  host TEXT NOT NULL,
  event_type TEXT NOT NULL,
  body TEXT NOT NULL,
  traceparent TEXT,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  token INTEGER NOT NULL DEFAULT 0,
  -- 1: a sender has claimed it, and has it until `due_at`.
  leased INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, id) WHERE state = 'pending';
-- Owner by owner, in the order in which each one's are sent.
CREATE INDEX webhook_deliveries_turn ON webhook_deliveries (owner_id, due_at, id, host) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (owner_id, host, due_at) WHERE leased = 1;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (created_at) WHERE due_at IS NULL;
CREATE INDEX webhook_deliveries_by_owner ON webhook_deliveries (owner_id, state, id);
-- The condition is always true: without it the claim of what is due would go by this index too, and sort all of it.
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, id) WHERE id <> '';
CREATE INDEX webhook_deliveries_by_job ON webhook_deliveries (job_id, id);

-- `error` and `body`, the beginning of the answer's, are JSON, as `message` above.
CREATE TABLE webhook_attempts (
  delivery_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  body TEXT,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_disabled (
  owner_id TEXT NOT NULL,
  url TEXT NOT NULL,
  disabled_at INTEGER NOT NULL,
  PRIMARY KEY (owner_id, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_disabled_by_time ON webhook_disabled (owner_id, disabled_at DESC, url);

CREATE TABLE webhook_secrets (
  owner_id TEXT NOT NULL,
  -- The newest has the greatest.
  number INTEGER NOT NULL,
  secret TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (owner_id, number)
) STRICT, WITHOUT ROWID;
