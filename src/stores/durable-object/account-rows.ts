import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import { daySumsOf, type AccountDay } from '../../domain/account/days.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import type { Commit, IdempotencyRecord } from '../../ports/store/commit.ts';
import { recordRef, type RecordName, type Table, type VersionedRow } from '../../ports/store/tables.ts';
import type { SqliteDriver } from '../sqlite/driver.ts';

/*
 * One account in a database of its own: one table of JSON by key, since every row of every table and index is paid for.
 * What nearly every commit changes stands in one row, the head: the account, the reservations that are held (a plan's
 * slots bound them), the newest days, and the grants that D1 does not have yet. So reserving writes the head and a line
 * of the ledger; settling writes the settled reservation too.
 *
 *   account                 the head
 *   days <last day>         the sums of the days up to that one, when the head has too many
 *   job <id>                a reservation that was settled
 *   key <scope, key>        an Idempotency-Key
 *   ledger <sequence>       one entry
 *   record:<table> <key>    a row of a declared table: a rule
 *
 * An older Waybill keeps what a newer one has added to the head, and overlooks it elsewhere.
 */

export interface Head {
  readonly account: Account;
  /** Oldest first. */
  readonly held: readonly Reservation[];
  /** The newest, oldest first. */
  readonly days: readonly AccountDay[];
  /** Movements of no job that are not in the common table yet, oldest first. */
  readonly grants: readonly LedgerEntry[];
  /** How many jobs have a reservation here, settled or not. */
  readonly jobs: number;
  /** When the oldest Idempotency-Key was remembered; null when there is none. */
  readonly oldestKeyAt: number | null;
}

const create = `CREATE TABLE IF NOT EXISTS account_rows (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT,
  WITHOUT ROWID`;
const select = 'SELECT body FROM account_rows WHERE key = ?';
const selectUp = 'SELECT body FROM account_rows WHERE key > ? AND key < ? ORDER BY key LIMIT +?';
const selectDown = 'SELECT body FROM account_rows WHERE key > ? AND key < ? ORDER BY key DESC LIMIT +?';
const put = `INSERT INTO account_rows (key, body) VALUES (?, ?)
  ON CONFLICT (key) DO UPDATE SET body = excluded.body`;
const remove = 'DELETE FROM account_rows WHERE key = ?';

/** So many days stand in the head. */
const newestDays = 32;

const headKey = 'account';
export const keyOf = {
  job: (id: string): string => `job ${id}`,
  ledger: (sequence: number): string => `ledger ${padded(sequence)}`,
  days: (last: number): string => `days ${padded(last)}`,
  idempotency: ({ scope, key }: Pick<IdempotencyRecord, 'scope' | 'key'>): string =>
    `key ${JSON.stringify([scope, key])}`,
  record: ({ table, key }: RecordName): string => recordRef(table, key),
};

/** Sorts as the number does. */
function padded(count: number): string {
  return String(count).padStart(16, '0');
}

export class AccountRows {
  readonly #driver: SqliteDriver;
  #exists = false;
  /** Undefined until it is read. */
  #head: Head | null | undefined = undefined;

  constructor(driver: SqliteDriver) {
    this.#driver = driver;
  }

  /** Null as long as nothing is stored: an account that was only looked at has no table. */
  get head(): Head | null {
    if (this.#head === undefined) this.#head = this.#readHead();
    return this.#head;
  }

  reservation(jobId: string): Reservation | null {
    const held = this.head?.held.find((one) => one.jobId === jobId);
    return held ?? this.find<Reservation>(keyOf.job(jobId));
  }

  /** The account's jobs, newest first: each has a reservation for as long as it is kept. */
  jobIds(before: string | undefined, limit: number): readonly string[] {
    // Above every id: a UUID in lower case begins with a hexadecimal digit.
    const from = before ?? '~';
    const settled = this.list<Reservation>('job ', keyOf.job(from), limit, true).map(({ jobId }) => jobId);
    const held = this.head?.held.map(({ jobId }) => jobId).filter((id) => id < from) ?? [];
    return [...held, ...settled].sort().reverse().slice(0, limit);
  }

  find<Value>(key: string): Value | null {
    if (this.head === null) return null;
    const [row] = this.#driver.all<Row>(select, [key]);
    return row === undefined ? null : (JSON.parse(row.body) as Value);
  }

  /** What stands between two keys, both left out. */
  list<Value>(from: string, to: string, limit: number, newestFirst = false): readonly Value[] {
    if (this.head === null) return [];
    const rows = this.#driver.all<Row>(newestFirst ? selectDown : selectUp, [from, to, limit]);
    return rows.map(({ body }) => JSON.parse(body) as Value);
  }

  /** Rows of a declared table. */
  records<Value extends VersionedRow>({ name }: Table<Value>): readonly Value[] {
    return this.list<Value>(`record:${name} `, `record:${name}!`, 10_000);
  }

  /** The commit's versions must have been compared, and its rows be of one account. */
  commit(changes: Commit): void {
    const after = headAfter(this.head, changes);
    const made = changes.reservations.filter(({ jobId }) => this.reservation(jobId) === null).length;
    const isFull = after.days.length > newestDays;
    const [days, before] = isFull ? [after.days.slice(-1), after.days.slice(0, -1)] : [after.days, []];
    this.#write({ ...after, days, jobs: after.jobs + made }, () => {
      for (const reservation of changes.reservations) {
        if (reservation.state !== 'held') this.#put(keyOf.job(reservation.jobId), reservation);
      }
      for (const entry of changes.ledger) this.#put(keyOf.ledger(entry.sequence), entry);
      for (const key of changes.idempotency) this.#put(keyOf.idempotency(key), key);
      for (const change of changes.records) {
        if (change.row === null) this.#remove(keyOf.record(change));
        else this.#put(keyOf.record(change), change.row);
      }
      const last = before.at(-1);
      if (last !== undefined) this.#put(keyOf.days(last.day), before);
    });
  }

  /** All grants up to this one are in the common table. */
  grantsAreSent(sequence: number): void {
    const { head } = this;
    if (head !== null) this.#write({ ...head, grants: head.grants.filter((one) => one.sequence > sequence) });
  }

  /** The job is gone, unless it holds something. Its lines of the ledger stay. */
  forgetJob(jobId: string): void {
    const { head } = this;
    const key = keyOf.job(jobId);
    if (head === null || this.find(key) === null) return;
    this.#write({ ...head, jobs: head.jobs - 1 }, () => this.#remove(key));
  }

  /** Idempotency-Keys that were remembered before. */
  forgetKeys(before: number): void {
    const { head } = this;
    if (head === null || head.oldestKeyAt === null || head.oldestKeyAt >= before) return;
    const keys = this.list<IdempotencyRecord>('key ', 'key!', 1_000_000);
    const left = keys.filter(({ createdAt }) => createdAt >= before).map(({ createdAt }) => createdAt);
    this.#write({ ...head, oldestKeyAt: left.length === 0 ? null : Math.min(...left) }, () => {
      for (const key of keys) if (key.createdAt < before) this.#remove(keyOf.idempotency(key));
    });
  }

  #write(head: Head, others: () => void = () => {}): void {
    if (!this.#exists) this.#driver.exec(create);
    this.#exists = true;
    try {
      // What is to be done next is asked when the transaction ends: by then, the head is what is stored.
      this.#driver.transaction(() => {
        this.#put(headKey, head);
        others();
        this.#head = head;
      });
    } catch (error) {
      this.#head = undefined;
      throw error;
    }
  }

  #put(key: string, value: unknown): void {
    this.#driver.run(put, [key, JSON.stringify(value)]);
  }

  #remove(key: string): void {
    this.#driver.run(remove, [key]);
  }

  #readHead(): Head | null {
    try {
      const [row] = this.#driver.all<Row>(select, [headKey]);
      this.#exists = true;
      return row === undefined ? null : (JSON.parse(row.body) as Head);
    } catch (error) {
      if (String(error).includes('no such table')) return null;
      throw error;
    }
  }
}

interface Row {
  readonly body: string;
}

/** Whatever else a newer Waybill has put into the head stays there. */
function headAfter(head: Head | null, { accounts, reservations, ledger, idempotency }: Commit): Head {
  const account = accounts[0]?.account ?? head?.account;
  if (account === undefined) throw new InvariantViolation('a commit is of no account');
  const before = head ?? { held: [], days: [], grants: [], jobs: 0, oldestKeyAt: null };
  const held = new Map(before.held.map((one) => [one.jobId, one]));
  for (const one of reservations) {
    if (one.state === 'held') held.set(one.jobId, one);
    else held.delete(one.jobId);
  }
  const remembered = idempotency.map(({ createdAt }) => createdAt);
  const oldest = Math.min(...remembered, before.oldestKeyAt ?? Number.POSITIVE_INFINITY);
  return {
    ...before,
    account: { ...head?.account, ...account },
    held: [...held.values()],
    days: sumDays([...before.days, ...daySumsOf(ledger)]),
    grants: [...before.grants, ...ledger.filter(({ jobId }) => jobId === null)],
    oldestKeyAt: Number.isFinite(oldest) ? oldest : null,
  };
}

/** Each day once, oldest first. */
export function sumDays(days: readonly AccountDay[]): readonly AccountDay[] {
  const byDay = new Map<number, AccountDay>();
  for (const one of days) {
    const sum = byDay.get(one.day);
    byDay.set(one.day, sum === undefined ? one : {
      ...sum, granted: sum.granted + one.granted, held: sum.held + one.held, spent: sum.spent + one.spent,
      returned: sum.returned + one.returned,
    });
  }
  return [...byDay.values()].sort((a, b) => a.day - b.day);
}
