-- How many jobs of a type ended within an hour, and how long they waited and ran: sums of one run of a server each.
CREATE TABLE ended_in_hours (
  hour TEXT NOT NULL,
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  server TEXT NOT NULL,
  ended INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  -- JSON: counts by the logarithm of the duration.
  waits TEXT NOT NULL,
  runs TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (hour, kind, type, server)
) STRICT, WITHOUT ROWID;
