import core from '../../../migrations/sqlite/0001_core.sql';
import jobs from '../../../migrations/sqlite/0002_jobs.sql';
import accounts from '../../../migrations/sqlite/0004_accounts.sql';
import rules from '../../../migrations/sqlite/0006_rules.sql';

/*
 * What of the schema each sort of object has: there are as many of them as jobs and users, and each page of a table
 * that is never used would be written and paid for in every one.
 */

const coreParts = [{ version: 1, name: 'core', script: core }] as const;

/** Of one job. It is found by its id alone: no lists, no counts. */
export const jobParts = [...coreParts, { version: 2, name: 'jobs', script: jobs }] as const;

/** Of one user: the account with its reservations and ledger, and the rules. */
export const accountParts = [
  ...coreParts,
  { version: 4, name: 'accounts', script: accounts },
  { version: 6, name: 'rules', script: rules },
] as const;
