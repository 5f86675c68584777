CREATE TABLE accounts (
  id TEXT COLLATE "C" PRIMARY KEY,
  plan TEXT COLLATE "C" NOT NULL,
  granted BIGINT NOT NULL,
  available BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  active_jobs INTEGER NOT NULL,
  used_rule_slots INTEGER NOT NULL,
  failed_items INTEGER NOT NULL,
  failures_since BIGINT NOT NULL,
  ledger_sequence BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Written when a job begins and settled when it ends, mostly soon after and so on the same page.
CREATE TABLE reservations (
  job_id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  held BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  settled_at BIGINT,
  movements TEXT NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE ledger (
  account_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  job_id TEXT COLLATE "C",
  type TEXT COLLATE "C" NOT NULL,
  debit TEXT COLLATE "C" NOT NULL,
  credit TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  note TEXT,
  at BIGINT NOT NULL,
  PRIMARY KEY (account_id, sequence)
);

-- What moved on each day, kept with the ledger: a page of a month reads thirty rows, however long the ledger is.
CREATE TABLE account_days (
  account_id TEXT COLLATE "C" NOT NULL,
  day INTEGER NOT NULL,
  granted BIGINT NOT NULL,
  held BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  returned BIGINT NOT NULL,
  PRIMARY KEY (account_id, day)
) WITH (fillfactor = 50);
