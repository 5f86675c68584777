-- What is counted against a limit, by what is counted (`kind`), for whom or what (`scope`), and which part of that.
CREATE TABLE counters (
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  value INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (kind, scope, key)
) STRICT, WITHOUT ROWID;
