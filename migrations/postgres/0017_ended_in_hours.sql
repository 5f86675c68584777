-- How many jobs of a type ended within an hour, and how long they waited and ran: sums of one run of a server each.
CREATE TABLE ended_in_hours (
  hour TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  server TEXT COLLATE "C" NOT NULL,
  ended BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  -- JSON: counts by the logarithm of the duration.
  waits TEXT NOT NULL,
  runs TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (hour, kind, type, server)
) WITH (fillfactor = 50);
