-- How long the steps of jobs of a kind usually take, as those that ended have shown.
CREATE TABLE step_times (
  kind TEXT NOT NULL,
  step TEXT NOT NULL,
  mean_ms INTEGER NOT NULL,
  count INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (kind, step)
) STRICT, WITHOUT ROWID;
