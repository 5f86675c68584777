CREATE TABLE job_logs (
  job_id TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  at BIGINT NOT NULL,
  level TEXT COLLATE "C" NOT NULL,
  attempt INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
);
