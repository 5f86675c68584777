CREATE TABLE schedules (
  id TEXT COLLATE "C" PRIMARY KEY,
  owner_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  cron TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  job_type TEXT COLLATE "C" NOT NULL,
  template TEXT NOT NULL,
  missed TEXT COLLATE "C" NOT NULL,
  enabled BOOLEAN NOT NULL,
  next_at BIGINT,
  last_at BIGINT,
  last_job_id TEXT COLLATE "C",
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX schedules_by_owner ON schedules (owner_id, name, id);
CREATE INDEX schedules_by_name ON schedules (name, id) WHERE id <> '';
CREATE INDEX schedules_due ON schedules (next_at, id) WHERE enabled AND next_at IS NOT NULL;
