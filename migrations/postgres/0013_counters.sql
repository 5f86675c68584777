-- What is counted against a limit, by what is counted (`kind`), for whom or what (`scope`), and which part of that.
CREATE TABLE counters (
  kind TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  value BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (kind, scope, key)
) WITH (fillfactor = 50);
