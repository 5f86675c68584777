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

-- What administrators and operators changed. An id begins with the time.
CREATE TABLE audit_entries (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  address TEXT,
  credential TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  details TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, id);
CREATE INDEX audit_entries_by_target ON audit_entries (target, id);
