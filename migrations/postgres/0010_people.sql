CREATE TABLE api_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  hash TEXT COLLATE "C" NOT NULL UNIQUE,
  user_id TEXT COLLATE "C" NOT NULL,
  roles TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The ids of the keys that it was made with, and its own.
  lineage TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  last_used_at BIGINT
);
CREATE INDEX api_keys_by_lineage ON api_keys (lineage);
CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);
CREATE INDEX api_keys_by_age ON api_keys (created_at, id);

-- `key` and `email_key` are the id and the address in lower case.
CREATE TABLE users (
  key TEXT COLLATE "C" PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL,
  email TEXT COLLATE "C",
  email_key TEXT COLLATE "C",
  name TEXT,
  password_hash TEXT NOT NULL,
  roles TEXT NOT NULL,
  disabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  tokens_from BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_by_email ON users (email_key) WHERE email_key IS NOT NULL;

-- Whoever logged in from a network before is let through when strangers try a user's password too often.
CREATE TABLE login_networks (
  user_key TEXT COLLATE "C" NOT NULL,
  network TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_key, network)
);
CREATE INDEX login_networks_by_age ON login_networks (user_key, at, network);

-- Sessions whose tokens are not good any longer, until they would have expired by themselves.
CREATE TABLE ended_sessions (
  id TEXT COLLATE "C" PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX ended_sessions_by_end ON ended_sessions (expires_at);

CREATE TABLE attempts (
  key TEXT COLLATE "C" PRIMARY KEY,
  count BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX attempts_by_end ON attempts (ends_at);

-- What administrators and operators changed. An id begins with the time.
CREATE TABLE audit_entries (
  id TEXT COLLATE "C" PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C",
  credential TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  target TEXT COLLATE "C" NOT NULL,
  details TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, id);
CREATE INDEX audit_entries_by_target ON audit_entries (target, id);
