CREATE TABLE rules (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  preset_id TEXT,
  concepts TEXT NOT NULL,
  protect TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX rules_by_account ON rules (account_id, created_at, id);
