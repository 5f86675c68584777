import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import { daySumsOf, type AccountDay } from '../../domain/account/days.ts';
import type { AccountRowChange, Commit } from '../../ports/store/commit.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { arraysOf, bigint, insertAll, integer, statement, text, unnest, type Call, type Column } from './statement.ts';

const changing: readonly Column<Account>[] = [
  text('plan', ({ plan }) => plan),
  bigint('granted', ({ granted }) => granted),
  bigint('available', ({ available }) => available),
  bigint('reserved', ({ reserved }) => reserved),
  bigint('spent', ({ spent }) => spent),
  integer('active_jobs', ({ activeJobs }) => activeJobs),
  integer('used_rule_slots', ({ usedRuleSlots }) => usedRuleSlots),
  integer('failed_items', ({ failedItems }) => failedItems),
  bigint('failures_since', ({ failuresSince }) => failuresSince),
  bigint('ledger_sequence', ({ ledgerSequence }) => ledgerSequence),
  bigint('version', ({ version }) => version),
  bigint('updated_at', ({ updatedAt }) => updatedAt),
];
const columns: readonly Column<Account>[] = [
  text('id', ({ id }) => id),
  bigint('created_at', ({ createdAt }) => createdAt),
  ...changing,
];
const updated: readonly Column<AccountRowChange>[] = [
  text('id', ({ account }) => account.id),
  bigint('expected', ({ expectedVersion }) => expectedVersion),
  ...changing.map((column) => ({ ...column, of: ({ account }: AccountRowChange) => column.of(account) })),
];
const assignments = changing.map(({ name }) => `${name} = c.${name}`).join(', ');

const update = statement(
  'accounts_update',
  allOrNothing(
    `UPDATE accounts a SET ${assignments} FROM ${unnest(updated)}
      WHERE a.id = ANY($1::text[]) AND a.id = c.id AND a.version = c.expected RETURNING 1`,
    updated.length + 1,
  ),
);
const insert = statement(
  'accounts_insert',
  allOrNothing(insertAll('accounts', columns, 'ON CONFLICT (id) DO NOTHING RETURNING 1'), columns.length + 1),
);

const reservationColumns: readonly Column<Reservation>[] = [
  text('job_id', ({ jobId }) => jobId),
  text('account_id', ({ accountId }) => accountId),
  text('state', ({ state }) => state),
  bigint('held', ({ held }) => held),
  bigint('spent', ({ spent }) => spent),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('settled_at', ({ settledAt }) => settledAt),
  text('movements', ({ movements }) => JSON.stringify(movements)),
];
const putReservations = statement(
  'reservations_put',
  insertAll(
    'reservations',
    reservationColumns,
    `ON CONFLICT (job_id) DO UPDATE SET state = excluded.state, held = excluded.held, spent = excluded.spent,
      settled_at = excluded.settled_at, movements = excluded.movements`,
  ),
);

const ledgerColumns: readonly Column<LedgerEntry>[] = [
  text('account_id', ({ accountId }) => accountId),
  bigint('sequence', ({ sequence }) => sequence),
  text('job_id', ({ jobId }) => jobId),
  text('type', ({ type }) => type),
  text('debit', ({ debit }) => debit),
  text('credit', ({ credit }) => credit),
  bigint('amount', ({ amount }) => amount),
  text('note', ({ note }) => note),
  bigint('at', ({ at }) => at),
];
const appendLedger = statement('ledger_append', insertAll('ledger', ledgerColumns));

const dayColumns: readonly Column<AccountDay>[] = [
  text('account_id', ({ accountId }) => accountId),
  integer('day', ({ day }) => day),
  bigint('granted', ({ granted }) => granted),
  bigint('held', ({ held }) => held),
  bigint('spent', ({ spent }) => spent),
  bigint('returned', ({ returned }) => returned),
];
const addToDays = statement(
  'account_days_add',
  insertAll(
    'account_days AS d',
    dayColumns,
    `ON CONFLICT (account_id, day) DO UPDATE SET granted = d.granted + excluded.granted, held = d.held + excluded.held,
      spent = d.spent + excluded.spent, returned = d.returned + excluded.returned`,
  ),
);

/** In the order of their ids, as `changeJobs`. */
export function changeAccounts(changes: readonly AccountRowChange[]): Call[] {
  const inOrder = changes.toSorted((a, b) => (a.account.id < b.account.id ? -1 : 1));
  const old = inOrder.filter(({ expectedVersion }) => expectedVersion > 0);
  const born = inOrder.filter(({ expectedVersion }) => expectedVersion === 0).map(({ account }) => account);
  const calls: Call[] = [];
  if (old.length > 0) calls.push({ statement: update, values: [...arraysOf(updated, old), old.length] });
  if (born.length > 0) calls.push({ statement: insert, values: [...arraysOf(columns, born), born.length] });
  return calls;
}

/** What the version of its account guards. */
export function writeWithAccounts({ reservations, ledger }: Commit): Call[] {
  const calls: Call[] = [];
  if (reservations.length > 0) {
    const inOrder = reservations.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
    calls.push({ statement: putReservations, values: arraysOf(reservationColumns, inOrder) });
  }
  if (ledger.length > 0) {
    calls.push({ statement: appendLedger, values: arraysOf(ledgerColumns, ledger) });
    calls.push({ statement: addToDays, values: arraysOf(dayColumns, daySumsOf(ledger)) });
  }
  return calls;
}
