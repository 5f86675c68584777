CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  plan TEXT NOT NULL,
  granted INTEGER NOT NULL,
  available INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  active_jobs INTEGER NOT NULL,
  used_rule_slots INTEGER NOT NULL,
  failed_items INTEGER NOT NULL,
  failures_since INTEGER NOT NULL,
  ledger_sequence INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  job_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  state TEXT NOT NULL,
  held INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  movements TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  account_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  job_id TEXT,
  type TEXT NOT NULL,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount INTEGER NOT NULL,
  note TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (account_id, sequence)
) STRICT, WITHOUT ROWID;

-- What moved on each day, kept with the ledger: a page of a month reads thirty rows, however long the ledger is.
CREATE TABLE account_days (
  account_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  held INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  returned INTEGER NOT NULL,
  PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;
