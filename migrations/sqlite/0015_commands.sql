-- Providers of workers, and secrets that commands are given. See `src/kinds/command/application/provider-records.ts`.
CREATE TABLE provider_configs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  config TEXT NOT NULL,
  status TEXT NOT NULL,
  priority INTEGER NOT NULL,
  max_workers INTEGER NOT NULL,
  labels TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX provider_configs_by_name ON provider_configs (name);

CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  -- Encrypted by the key of the installation, which is not in the database.
  sealed TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
