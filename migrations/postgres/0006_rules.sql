CREATE TABLE rules (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  preset_id TEXT,
  concepts TEXT NOT NULL,
  protect TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX rules_by_account ON rules (account_id, created_at, id);
