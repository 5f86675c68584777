import type { Account, LedgerEntry, Reservation } from '../../src/domain/account/account.ts';
import { InvariantViolation } from '../../src/domain/errors.ts';
import type { Item, Job, RecordedEvent } from '../../src/domain/job/job.ts';
import type {
  Commit,
  CommitResult,
  IdempotencyRecord,
  Loaded,
  LoadRequest,
  NewOutboxMessage,
  ReleasedKey,
} from '../../src/ports/store/commit.ts';
import type { CommitStore } from '../../src/ports/store/store.ts';
import { recordRef, type LoadedRecord, type RecordName } from '../../src/ports/store/tables.ts';
import type { WorkChange } from '../../src/ports/store/work-store.ts';

/**
 * Keeps what it is given in maps and takes nothing on trust: a commit that names a wrong version is a
 * conflict, and one that contradicts itself throws. Tests hold it up, or make it fail, through the hooks.
 */
export class MemoryCommitStore implements CommitStore {
  readonly holdsAccounts: boolean;
  readonly jobs = new Map<string, Job>();
  readonly accounts = new Map<string, Account>();
  readonly reservations = new Map<string, Reservation>();
  /** By `recordRef`. */
  readonly records = new Map<string, LoadedRecord>();
  readonly idempotency = new Map<string, IdempotencyRecord>();
  /** The last change of each job's row. */
  readonly work = new Map<string, WorkChange>();
  readonly ledger: LedgerEntry[] = [];
  readonly events: RecordedEvent[] = [];
  readonly outbox: NewOutboxMessage[] = [];
  /** Every commit that was stored. */
  readonly stored: Commit[] = [];
  /** Every request to load. */
  readonly loads: LoadRequest[] = [];
  /** Runs before a commit is looked at. What it answers is the answer; nothing is stored then. */
  onCommit: (commit: Commit) => Promise<CommitResult | void> = async () => {};
  /** Runs once a commit is stored, before that is answered. */
  onStored: (commit: Commit) => Promise<void> = async () => {};
  /** Runs before a load is answered. */
  onLoad: (request: LoadRequest) => Promise<void> = async () => {};

  constructor({ holdsAccounts = true }: { readonly holdsAccounts?: boolean } = {}) {
    this.holdsAccounts = holdsAccounts;
  }

  async load(request: LoadRequest): Promise<Loaded> {
    this.loads.push(request);
    await this.onLoad(request);
    return {
      jobs: found(this.jobs, request.jobs),
      accounts: found(this.accounts, request.accounts),
      reservations: found(this.reservations, request.reservations),
      records: request.records.flatMap(({ table, key }) => this.records.get(recordRef(table, key)) ?? []),
      idempotency: found(this.idempotency, request.idempotency.map(({ scope, key }) => `${scope} ${key}`)),
    };
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const answer = await this.onCommit(commit);
    if (answer !== undefined) return answer;
    const conflicts = this.#conflicts(commit);
    if (conflicts.length > 0) return { ok: false, conflicts };
    assertCoherent(commit);
    for (const { job, newItems } of commit.jobs) this.jobs.set(job.id, this.#merged(job, newItems));
    for (const { account } of commit.accounts) this.accounts.set(account.id, account);
    for (const reservation of commit.reservations) this.reservations.set(reservation.jobId, reservation);
    for (const { table, key, row } of commit.records) {
      if (row === null) this.records.delete(recordRef(table, key));
      else this.records.set(recordRef(table, key), { table, key, row: structuredClone(row) });
    }
    for (const key of commit.released) if (this.#holds(key)) this.idempotency.delete(`${key.scope} ${key.key}`);
    for (const record of commit.idempotency) this.idempotency.set(`${record.scope} ${record.key}`, record);
    this.ledger.push(...commit.ledger);
    this.events.push(...commit.events);
    this.outbox.push(...commit.outbox);
    for (const change of commit.work) this.work.set(change.jobId, change);
    this.stored.push(commit);
    await this.onStored(commit);
    return { ok: true };
  }

  #holds({ scope, key, resourceId }: ReleasedKey): boolean {
    return this.idempotency.get(`${scope} ${key}`)?.resourceId === resourceId;
  }

  #conflicts({ jobs, accounts, records, idempotency, released }: Commit): string[] {
    const stale = [
      ...jobs.filter(({ job, expectedVersion }) => (this.jobs.get(job.id)?.version ?? 0) !== expectedVersion),
    ].map(({ job }) => `job:${job.id}`);
    const moved = accounts.filter(
      ({ account, expectedVersion }) => (this.accounts.get(account.id)?.version ?? 0) !== expectedVersion,
    );
    const versionOf = ({ table, key }: RecordName): number => this.records.get(recordRef(table, key))?.row.version ?? 0;
    const changed = records.filter((change) => versionOf(change) !== change.expectedVersion);
    const freed = new Set(released.filter((key) => this.#holds(key)).map(({ scope, key }) => `${scope} ${key}`));
    const isUsed = (name: string): boolean => this.idempotency.has(name) && !freed.has(name);
    const used = idempotency.filter(({ scope, key }) => isUsed(`${scope} ${key}`));
    return [
      ...stale,
      ...moved.map(({ account }) => `account:${account.id}`),
      ...changed.map(({ table, key }) => recordRef(table, key)),
      ...used.map(({ scope, key }) => `idempotency:${scope} ${key}`),
    ];
  }

  /** A store adds the new items to those that it has; what else the job carries counts for nothing. */
  #merged(job: Job, newItems: readonly Item[]): Job {
    const items = new Map(this.jobs.get(job.id)?.items);
    for (const item of newItems) {
      if (items.has(item.idx)) throw new InvariantViolation(`item ${item.idx} of ${job.id} is there already`);
      items.set(item.idx, item);
    }
    return { ...job, items };
  }
}

function found<T>(rows: ReadonlyMap<string, T>, names: readonly string[]): T[] {
  return names.flatMap((name) => rows.get(name) ?? []).map((row) => structuredClone(row));
}

function assertCoherent(commit: Commit): void {
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new InvariantViolation(`a commit that contradicts itself: ${what}`);
  };
  for (const { job, expectedVersion, newItems } of commit.jobs) {
    const sequences = commit.events.filter(({ jobId }) => jobId === job.id).map(({ sequence }) => sequence);
    must(sequences.length > 0, `${job.id} changes without an event`);
    const isWhole = sequences.every((sequence, at) => sequence === expectedVersion + at + 1);
    must(isWhole, `the events of ${job.id} leave gaps`);
    must(job.version === sequences.at(-1), `${job.id} is not at its last event`);
    must(newItems.every((item) => job.items.get(item.idx) === item), `${job.id} lacks its new items`);
  }
  const jobs = new Set(commit.jobs.map(({ job }) => job.id));
  must(commit.work.every(({ jobId }) => jobs.has(jobId)), 'work changes without its job');
  const accounts = new Map(commit.accounts.map((change) => [change.account.id, change]));
  must(accounts.size === commit.accounts.length, 'an account changes twice');
  for (const { account, expectedVersion } of accounts.values()) {
    must(account.version === expectedVersion + 1, `account ${account.id} skips a version`);
    const { granted, available, reserved, spent } = account;
    must(granted === available + reserved + spent, `account ${account.id} is not balanced`);
    must(Math.min(available, reserved, spent) >= 0, `account ${account.id} owes`);
    const entries = commit.ledger.filter(({ accountId }) => accountId === account.id);
    const first = account.ledgerSequence - entries.length + 1;
    must(entries.every(({ sequence }, at) => sequence === first + at), `the ledger of ${account.id} leaves gaps`);
  }
  must(commit.ledger.every(({ accountId }) => accounts.has(accountId)), 'a ledger entry without its account');
  must(commit.reservations.every(({ accountId }) => accounts.has(accountId)), 'a reservation without its account');
}
