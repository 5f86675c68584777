-- What there is of each job's log. Its last line has the number `earlier_lines + lines`. No index has what an append
-- changes, but for the first after the log was sealed, so that the row stays on its page.
CREATE TABLE job_logs (
  job_id TEXT COLLATE "C" PRIMARY KEY,
  -- Of the lease under which it was last written.
  token BIGINT NOT NULL,
  -- Lines of the leases before.
  earlier_lines BIGINT NOT NULL,
  lines BIGINT NOT NULL,
  -- Of its chunks.
  bytes BIGINT NOT NULL,
  -- Null when something was added since it was last sealed.
  seal_id TEXT COLLATE "C"
) WITH (fillfactor = 60);
CREATE INDEX job_logs_unsealed ON job_logs (job_id) WHERE seal_id IS NULL;

CREATE TABLE log_chunks (
  job_id TEXT COLLATE "C" NOT NULL,
  first_line BIGINT NOT NULL,
  line_count INTEGER NOT NULL,
  -- NDJSON, or gzip of it.
  body BYTEA NOT NULL,
  PRIMARY KEY (job_id, first_line)
);
-- It is packed already.
ALTER TABLE log_chunks ALTER COLUMN body SET STORAGE EXTERNAL;

-- Of logs that were sealed into an object. `parts` is JSON: where in the object which lines are.
CREATE TABLE log_files (
  job_id TEXT COLLATE "C" PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL,
  object_key TEXT COLLATE "C" NOT NULL,
  storage_uri TEXT COLLATE "C" NOT NULL,
  size_bytes BIGINT NOT NULL,
  entry_count BIGINT NOT NULL,
  last_line BIGINT NOT NULL,
  parts TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT
);

-- Objects that no log has: those that are about to be put (`leaving` false), and those to be deleted.
CREATE TABLE log_objects (
  object_key TEXT COLLATE "C" PRIMARY KEY,
  due_at BIGINT NOT NULL,
  leaving BOOLEAN NOT NULL
);
CREATE INDEX log_objects_by_due_at ON log_objects (due_at);
