import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import type { EndedObjects } from '../../domain/job/ended-objects.ts';
import type { JobHistory } from '../../domain/job/history.ts';
import type { Item, Job, RecordedEvent } from '../../domain/job/job.ts';
import type {
  AccountRowChange, Commit, IdempotencyRecord, JobChange, NewOutboxMessage, ReleasedKey,
} from '../../ports/store/commit.ts';
import type { RecordChange, RecordName, VersionedRow } from '../../ports/store/tables.ts';
import { strictestCap, type UsageCap } from '../../ports/store/usage-cap.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import type { Entry } from './aggregate-cache.ts';
import { ref, sortOf, type Ref } from './refs.ts';
import { UndoableList, UndoableMap } from './undoable.ts';

const noItems: readonly Item[] = [];

/**
 * What all accepted commands of one batch change together; becomes one Commit. The draft of a command writes into it
 * directly: `keep` makes that part of the batch, `undo` takes it back.
 */
export class Batch {
  /** Every aggregate and record that the batch changes, as it is then. */
  readonly entries = new UndoableMap<Ref, Entry>();
  readonly #newItems = new UndoableMap<Ref, readonly Item[]>();
  /** Names of all records that were changed, those of refused commands included. */
  readonly #records = new Map<Ref, RecordName>();
  readonly #released = new UndoableList<ReleasedKey>();
  /** Of each job in their order; one that says all of how it is offered takes the place of those before it. */
  readonly #work = new UndoableMap<string, readonly WorkChange[]>();
  readonly #caps = new UndoableMap<string, UsageCap>();
  readonly ledger = new UndoableList<LedgerEntry>();
  readonly events = new UndoableList<RecordedEvent>();
  readonly outbox = new UndoableList<NewOutboxMessage>();
  readonly history = new UndoableList<JobHistory>();
  readonly objects = new UndoableList<EndedObjects>();
  readonly #parts = [
    this.entries, this.#newItems, this.#released, this.#work, this.#caps, this.ledger, this.events, this.outbox,
    this.history, this.objects,
  ];

  keep(): void {
    for (const part of this.#parts) part.keep();
  }

  undo(): void {
    for (const part of this.#parts) part.undo();
  }

  putJob(job: Job, newItems: readonly Item[]): void {
    const name = ref.job(job.id);
    this.entries.set(name, job);
    if (newItems.length > 0) this.#newItems.set(name, [...(this.#newItems.get(name) ?? noItems), ...newItems]);
  }

  putRecord(name: Ref, record: RecordName, row: VersionedRow | null): void {
    this.entries.set(name, row);
    this.#records.set(name, record);
  }

  /** One that the batch itself would insert is not inserted. */
  release(key: ReleasedKey): void {
    const name = ref.idempotency(key.scope, key.key);
    if ((this.entries.get(name) ?? null) === null) this.#released.push(key);
    this.entries.set(name, null);
  }

  putWork(change: WorkChange): void {
    const isAll = change.type === 'put' || change.type === 'remove';
    const before = isAll ? undefined : this.#work.get(change.jobId);
    this.#work.set(change.jobId, before === undefined ? [change] : [...before, change]);
  }

  cap(cap: UsageCap): void {
    const name = `${cap.ownerId}\0${cap.kind}`;
    const known = this.#caps.get(name);
    this.#caps.set(name, known === undefined ? cap : strictestCap(known, cap));
  }

  get isEmpty(): boolean {
    return this.entries.size + this.events.items.length === 0;
  }

  /**
   * Whether it is a job that nothing is likely to change soon but a worker's claim, after which it is another version:
   * workers may claim it, or it has ended.
   */
  isDone(name: Ref, entry: Entry): boolean {
    if (!name.startsWith('job:')) return false;
    const job = entry as Job;
    if (job.endedAt !== null) return true;
    const [work, ...more] = this.#work.get(job.id) ?? [];
    return more.length === 0 && work?.type === 'put' && work.candidate === null && !work.work.blocked;
  }

  /** `loaded` answers what the store held before the batch. Gives accounts their new version. */
  toCommit(loaded: (name: Ref) => Entry | undefined): Commit {
    const jobs: JobChange[] = [];
    const accounts: AccountRowChange[] = [];
    const reservations: Reservation[] = [];
    const records: RecordChange[] = [];
    const idempotency: IdempotencyRecord[] = [];
    this.entries.forEach((entry, name) => {
      switch (sortOf(name)) {
        case 'job': {
          const before = (loaded(name) as Job | null | undefined) ?? null;
          const newItems = this.#newItems.get(name) ?? noItems;
          jobs.push({ job: entry as Job, before, expectedVersion: before?.version ?? 0, newItems });
          break;
        }
        case 'account': {
          const expectedVersion = (loaded(name) as Account | null | undefined)?.version ?? 0;
          const account = { ...(entry as Account), version: expectedVersion + 1 };
          this.entries.set(name, account);
          accounts.push({ account, expectedVersion });
          break;
        }
        case 'reservation':
          reservations.push(entry as Reservation);
          break;
        case 'record': {
          const expectedVersion = (loaded(name) as VersionedRow | null | undefined)?.version ?? 0;
          // One that the batch both made and deleted is no change.
          if (entry === null && expectedVersion === 0) break;
          records.push({ ...this.#records.get(name)!, expectedVersion, row: entry as VersionedRow | null });
          break;
        }
        case 'idempotency':
          if (entry !== null) idempotency.push(entry as IdempotencyRecord);
      }
    });
    return {
      jobs, accounts, reservations, records, idempotency,
      ledger: this.ledger.items, released: this.#released.items, work: [...this.#work.values()].flat(),
      events: this.events.items, outbox: this.outbox.items, history: this.history.items, objects: this.objects.items,
      ...(this.#caps.size > 0 && { caps: [...this.#caps.values()] }),
    };
  }
}
