CREATE TABLE schedules (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL,
  name TEXT NOT NULL,
  cron TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  kind TEXT NOT NULL,
  job_type TEXT NOT NULL,
  template TEXT NOT NULL,
  missed TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  next_at INTEGER,
  last_at INTEGER,
  last_job_id TEXT,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX schedules_by_owner ON schedules (owner_id, name, id);
CREATE INDEX schedules_by_name ON schedules (name, id);
CREATE INDEX schedules_due ON schedules (next_at, id) WHERE enabled = 1 AND next_at IS NOT NULL;
