-- `due_at`: when a waiting message may be delivered, or when the lease of a leased one ends. A message that is
-- gone (acknowledged or exhausted) stays as a tombstone for a while, so that putting it again changes nothing.
CREATE TABLE queue_messages (
  queue TEXT NOT NULL,
  message_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  -- How long it was put off when that was said: `due_at` is never farther ahead.
  hold_ms INTEGER NOT NULL DEFAULT 0,
  deliveries INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (queue, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_messages_due ON queue_messages (queue, due_at) WHERE state <> 'gone';
CREATE INDEX queue_messages_gone ON queue_messages (due_at) WHERE state = 'gone';
