-- Limits of plans that an administrator has changed. See `src/application/accounts/current-plans.ts`.
CREATE TABLE plans (
  name TEXT COLLATE "C" PRIMARY KEY,
  starting_credits BIGINT NOT NULL,
  running_jobs INTEGER NOT NULL,
  rule_slots INTEGER NOT NULL,
  failed_items_per_hour INTEGER NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
