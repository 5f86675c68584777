-- What there is of each job's log. Its last line has the number `earlier_lines + lines`.
CREATE TABLE job_logs (
  job_id TEXT PRIMARY KEY,
  -- Of the lease under which it was last written.
  token INTEGER NOT NULL,
  -- Lines of the leases before.
  earlier_lines INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  -- Of its chunks.
  bytes INTEGER NOT NULL,
  -- Null when something was added since it was last sealed.
  seal_id TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX job_logs_unsealed ON job_logs (job_id) WHERE seal_id IS NULL;

CREATE TABLE log_chunks (
  job_id TEXT NOT NULL,
  first_line INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  -- NDJSON, or gzip of it.
  body BLOB NOT NULL,
  PRIMARY KEY (job_id, first_line)
) STRICT;

-- Of logs that were sealed into an object. `parts` is JSON: where in the object which lines are.
CREATE TABLE log_files (
  job_id TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  object_key TEXT NOT NULL,
  storage_uri TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,
  last_line INTEGER NOT NULL,
  parts TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;

-- Objects that no log has: those that are about to be put (`leaving` 0), and those to be deleted.
CREATE TABLE log_objects (
  object_key TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL,
  leaving INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX log_objects_by_due_at ON log_objects (due_at);
