-- `due_at` of a pending one: when it may be claimed (again); a claim moves it to the end of its lease. `token` is
-- another one after each claim and each record: of those that say what became of a claim, one is believed.
CREATE TABLE webhook_deliveries (
  id TEXT COLLATE "C" PRIMARY KEY,
  job_id TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  url TEXT COLLATE "C" NOT NULL,
  -- Of the URL: what is sent at once is limited by it.
  host TEXT COLLATE "C" NOT NULL,
  event_type TEXT COLLATE "C" NOT NULL,
  body TEXT NOT NULL,
  traceparent TEXT,
  state TEXT COLLATE "C" NOT NULL,
  attempt INTEGER NOT NULL,
  token INTEGER NOT NULL DEFAULT 0,
  -- Whether a sender has claimed it: it has it until `due_at`.
  leased BOOLEAN NOT NULL DEFAULT FALSE,
  due_at BIGINT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, id) WHERE state = 'pending';
-- Owner by owner, in the order in which each one's are sent.
CREATE INDEX webhook_deliveries_turn ON webhook_deliveries (owner_id, due_at, id, host) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (owner_id, host, due_at) WHERE leased;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (created_at) WHERE due_at IS NULL;
CREATE INDEX webhook_deliveries_by_owner ON webhook_deliveries (owner_id, state, id);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, id) WHERE id <> '';
CREATE INDEX webhook_deliveries_by_job ON webhook_deliveries (job_id, id);

-- `error` and `body`, the beginning of the answer's, are JSON, as `message` above.
CREATE TABLE webhook_attempts (
  delivery_id TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  at BIGINT NOT NULL,
  status INTEGER,
  error TEXT,
  body TEXT,
  duration_ms BIGINT NOT NULL,
  PRIMARY KEY (delivery_id, number)
);

CREATE TABLE webhook_disabled (
  owner_id TEXT COLLATE "C" NOT NULL,
  url TEXT COLLATE "C" NOT NULL,
  disabled_at BIGINT NOT NULL,
  PRIMARY KEY (owner_id, url)
);
CREATE INDEX webhook_disabled_by_time ON webhook_disabled (owner_id, disabled_at DESC, url);

CREATE TABLE webhook_secrets (
  owner_id TEXT COLLATE "C" NOT NULL,
  -- The newest has the greatest.
  number INTEGER NOT NULL,
  secret TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (owner_id, number)
);
