-- Lists read newest first within one (kind, type, state) and merge. Those by state, and others like them below, have a
-- condition that is always true: only a query that says it too may go by them. Else a plan that was made while the
-- tables were empty, and every index seemed as good as another, may go by the wrong one when they are not.
CREATE INDEX jobs_open_by_owner ON jobs_open (owner_id, kind, type, listed_state, place);
CREATE INDEX jobs_open_by_state ON jobs_open (kind, type, listed_state, place) WHERE place <> '';
CREATE INDEX jobs_ended_by_owner ON jobs_ended (owner_id, kind, type, state, place);
CREATE INDEX jobs_ended_by_state ON jobs_ended (kind, type, state, place) WHERE place <> '';
CREATE INDEX jobs_open_by_parent ON jobs_open (parent_id, kind, place) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_ended_by_parent ON jobs_ended (parent_id, kind, place) WHERE parent_id IS NOT NULL;

-- A row for each label of a job, written once with it: the jobs of one label in order, all of a kind's or an owner's.
CREATE TABLE job_labels (
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  place TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, name, value, place)
);
CREATE INDEX job_labels_by_owner ON job_labels (owner_id, kind, name, value, place);

-- How many jobs there are, kept by each commit: counting a million rows for every scrape would take a second. Each
-- store adds to a share of its own, so that commits of several servers do not wait for one row; a share may be
-- negative, the sum is what counts.
CREATE TABLE job_counts (
  kind TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  share INTEGER NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (kind, type, state, share)
) WITH (fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- The groups that were ever counted, each once, whatever the shares: lists go through all of them.
CREATE TABLE job_groups (
  kind TEXT COLLATE "C" NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  phase TEXT COLLATE "C" NOT NULL,
  -- Whether jobs in this state have ended.
  ended BOOLEAN NOT NULL,
  PRIMARY KEY (kind, type, state)
);

-- What the jobs of an owner take up, kept by each commit: see `ports/store/usage.ts`. In shares, as `job_counts`.
CREATE TABLE owner_usage (
  owner_id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  share INTEGER NOT NULL,
  unfinished BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (owner_id, kind, share)
) WITH (fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- What all accounts have together, moved by each commit that has lines of the ledger. In shares, as `job_counts`.
CREATE TABLE credit_totals (
  bucket TEXT COLLATE "C" NOT NULL,
  share INTEGER NOT NULL,
  credits BIGINT NOT NULL,
  PRIMARY KEY (bucket, share)
) WITH (fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
