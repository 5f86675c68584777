import type { LedgerEntry } from '../../domain/account/account.ts';
import type { AccountDay } from '../../domain/account/days.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import type { Commit, IdempotencyRecord, Loaded, LoadRequest } from '../../ports/store/commit.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import type { AccountReads, Store } from '../../ports/store/store.ts';
import { recordRef, type RecordFilter, type RecordReads, type Table, type VersionedRow } from
  '../../ports/store/tables.ts';
import { keyOf, sumDays, type AccountRows } from './account-rows.ts';
import { assertOnly, notHere, partsNotHere } from './not-here.ts';

/** The store of one account: of the port, what its object needs. Whatever it answers is durable when it leaves it. */
export function createAccountStore(rows: AccountRows): Store {
  return {
    ...partsNotHere(),
    name: 'durable-object',
    holdsAccounts: true,
    load: async (request) => load(rows, request),
    async commit(changes) {
      assertOnly(changes, ['accounts', 'reservations', 'records', 'ledger', 'idempotency']);
      const conflicts = conflictsOf(rows, changes);
      if (conflicts.length > 0) return { ok: false, conflicts };
      rows.commit(changes);
      return { ok: true };
    },
    accounts: createAccountReads(rows),
    records: createRecordReads(rows),
    usage: {
      // Jobs are in objects of their own: each has a reservation here.
      of: async () => ({ unfinished: rows.head?.held.length ?? 0, kept: rows.head?.jobs ?? 0, bytes: 0 }),
    },
    check: async () => void rows.head,
    close: async () => {},
  };
}

function load(rows: AccountRows, request: LoadRequest): Loaded {
  const account = rows.head?.account;
  return {
    jobs: [],
    accounts: account !== undefined && request.accounts.includes(account.id) ? [account] : [],
    reservations: request.reservations.flatMap((jobId) => rows.reservation(jobId) ?? []),
    records: request.records.flatMap((name) => {
      const row = rows.find<VersionedRow>(keyOf.record(name));
      return row === null ? [] : [{ ...name, row }];
    }),
    idempotency: request.idempotency.flatMap((name) => rows.find<IdempotencyRecord>(keyOf.idempotency(name)) ?? []),
  };
}

function conflictsOf(rows: AccountRows, changes: Commit): string[] {
  const conflicts: string[] = [];
  const stored = rows.head?.account;
  for (const { account, expectedVersion } of changes.accounts) {
    if (stored !== undefined && stored.id !== account.id) {
      throw new InvariantViolation(`this is the object of account ${stored.id}`);
    }
    if ((stored?.version ?? 0) !== expectedVersion) conflicts.push(`account:${account.id}`);
  }
  for (const name of changes.records) {
    const version = rows.find<VersionedRow>(keyOf.record(name))?.version ?? 0;
    if (version !== name.expectedVersion) conflicts.push(recordRef(name.table, name.key));
  }
  for (const name of changes.idempotency) {
    const isKnown = rows.find(keyOf.idempotency(name)) !== null;
    if (isKnown) conflicts.push(`idempotency:${name.scope} ${name.key}`);
  }
  return conflicts;
}

function createAccountReads(rows: AccountRows): AccountReads {
  return {
    async get(id) {
      const account = rows.head?.account;
      return account?.id === id ? account : null;
    },
    reservation: async (jobId) => rows.reservation(jobId),
    list: notHere<AccountReads>('accounts').list,
    async ledger(_, { after, limit, newestFirst = false }) {
      assertLimit(limit, 1_000);
      const to = newestFirst && after > 0 ? keyOf.ledger(after) : 'ledger!';
      return rows.list<LedgerEntry>(newestFirst ? 'ledger ' : keyOf.ledger(after), to, limit, newestFirst);
    },
    async days(_, { from, to }) {
      assertLimit(to - from + 1, 366);
      const earlier = rows.list<readonly AccountDay[]>(keyOf.days(from - 1), 'days!', 1_000).flat();
      return sumDays([...earlier, ...(rows.head?.days ?? [])]).filter(({ day }) => day >= from && day <= to);
    },
  };
}

/** An account's rules are few: its plan bounds them. */
function createRecordReads(rows: AccountRows): RecordReads {
  return {
    get: async <Row extends VersionedRow>(table: Table<Row>, key: readonly string[]) =>
      rows.find<Row>(keyOf.record({ table, key })),
    async list<Row extends VersionedRow>(table: Table<Row>, filter: RecordFilter<Row>) {
      const { where, orderBy, descending = false, range, limit } = filter;
      assertLimit(limit, 1_000);
      if (range !== undefined) throw new InvariantViolation('rows of an account are not listed by a range');
      const asked = Object.entries(where) as [keyof Row, unknown][];
      const found = rows.records(table).filter((row) => asked.every(([name, value]) => row[name] === value));
      const sorted = found.toSorted((a, b) => compare(a, b, orderBy));
      return (descending ? sorted.reverse() : sorted).slice(0, limit);
    },
  };
}

function compare<Row>(a: Row, b: Row, orderBy: readonly (keyof Row)[]): number {
  const by = orderBy.find((name) => a[name] !== b[name]);
  if (by === undefined) return 0;
  return a[by] < b[by] ? -1 : 1;
}
