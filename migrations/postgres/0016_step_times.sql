-- How long the steps of jobs of a kind usually take, as those that ended have shown.
CREATE TABLE step_times (
  kind TEXT COLLATE "C" NOT NULL,
  step TEXT COLLATE "C" NOT NULL,
  mean_ms BIGINT NOT NULL,
  count BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (kind, step)
) WITH (fillfactor = 50);
