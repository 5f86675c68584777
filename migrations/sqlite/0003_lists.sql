-- Lists read newest first within one (kind, type, state) and merge. A claim moves nothing here: what is claimed is
-- found by the part `work`.
CREATE INDEX jobs_by_owner_and_state ON job_rows (owner_id, kind, type, listed_state, place);
CREATE INDEX jobs_by_state ON job_rows (kind, type, listed_state, place);
-- For lists of all types and states: with hundreds of groups it would take 2 ms to merge them. No update moves these.
CREATE INDEX jobs_by_owner ON job_rows (owner_id, kind, place);
CREATE INDEX jobs_by_kind ON job_rows (kind, place);
CREATE INDEX jobs_by_parent ON job_rows (parent_id, kind, place) WHERE parent_id IS NOT NULL;

-- A row for each label of a job, written once with it: the jobs of one label in order, all of a kind's or an owner's.
CREATE TABLE job_labels (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  place TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  PRIMARY KEY (kind, name, value, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_labels_by_owner ON job_labels (owner_id, kind, name, value, place);

-- How many jobs there are, kept by each commit: counting a million rows for every scrape would take a second.
CREATE TABLE job_counts (
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT NOT NULL,
  -- 1 when jobs in this state have ended.
  ended INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, type, state)
) STRICT, WITHOUT ROWID;

-- What the jobs of an owner take up, kept by each commit: see `ports/store/usage.ts`.
CREATE TABLE owner_usage (
  owner_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  unfinished INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (owner_id, kind)
) STRICT, WITHOUT ROWID;

-- What all accounts have together, moved by each commit that has lines of the ledger.
CREATE TABLE credit_totals (
  bucket TEXT PRIMARY KEY,
  credits INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
