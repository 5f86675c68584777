-- Messages that are waiting or leased. `due_at`: when a waiting one may be delivered, or when the lease ends.
CREATE TABLE queue_messages (
  queue TEXT COLLATE "C" NOT NULL,
  message_id TEXT COLLATE "C" NOT NULL,
  job_id TEXT COLLATE "C" NOT NULL,
  leased BOOLEAN NOT NULL DEFAULT FALSE,
  due_at BIGINT NOT NULL,
  -- How long it was put off when that was said: `due_at` is never farther ahead.
  hold_ms BIGINT NOT NULL DEFAULT 0,
  deliveries INTEGER NOT NULL DEFAULT 0,
  lost INTEGER NOT NULL DEFAULT 0,
  since BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (queue, message_id)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX queue_messages_due ON queue_messages (queue, due_at, message_id) WHERE message_id <> '';

-- Those that are gone (acknowledged or exhausted) are remembered for a while, so that putting one again changes
-- nothing. `due_at` is when the last lease was to end.
CREATE TABLE queue_tombstones (
  queue TEXT COLLATE "C" NOT NULL,
  message_id TEXT COLLATE "C" NOT NULL,
  due_at BIGINT NOT NULL,
  deliveries INTEGER NOT NULL,
  PRIMARY KEY (queue, message_id)
);
CREATE INDEX queue_tombstones_by_age ON queue_tombstones (due_at);
