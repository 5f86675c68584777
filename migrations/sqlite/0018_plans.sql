-- Limits of plans that an administrator has changed. See `src/application/accounts/current-plans.ts`.
CREATE TABLE plans (
  name TEXT PRIMARY KEY,
  starting_credits INTEGER NOT NULL,
  running_jobs INTEGER NOT NULL,
  rule_slots INTEGER NOT NULL,
  failed_items_per_hour INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
