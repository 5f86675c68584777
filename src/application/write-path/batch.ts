import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import type { EndedObjects } from '../../domain/job/ended-objects.ts';
import type { JobHistory } from '../../domain/job/history.ts';
import type { Item, Job, RecordedEvent } from '../../domain/job/job.ts';
import type {
  Commit, IdempotencyRecord, NewOutboxMessage, ReleasedKey,
} from '../../ports/store/commit.ts';
import type { RecordChange, RecordName, VersionedRow } from '../../ports/store/tables.ts';
import { strictestCap, type UsageCap } from '../../ports/store/usage-cap.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import type { Changes } from './draft.ts';
import { ref, type Ref } from './refs.ts';
import type { Entry } from './aggregate-cache.ts';

/** What all accepted commands of one batch change together; becomes one Commit. */
export class Batch {
  readonly entries = new Map<Ref, Entry>();
  readonly #newItems = new Map<string, Item[]>();
  readonly #accounts = new Set<string>();
  readonly #reservations = new Set<string>();
  readonly #records = new Map<Ref, RecordName>();
  readonly #ledger: LedgerEntry[] = [];
  readonly #idempotency: IdempotencyRecord[] = [];
  readonly #released: ReleasedKey[] = [];
  /** Of several changes to one row, the last one counts. */
  readonly #work = new Map<string, WorkChange>();
  readonly #events: RecordedEvent[] = [];
  readonly #outbox: NewOutboxMessage[] = [];
  readonly #history: JobHistory[] = [];
  readonly #objects: EndedObjects[] = [];
  readonly #caps = new Map<string, UsageCap>();

  /** Takes over what one accepted command changed. */
  add(changes: Changes): void {
    for (const [name, entry] of changes.entries) this.entries.set(name, entry);
    for (const [jobId, items] of changes.changedJobs) {
      const known = this.#newItems.get(jobId);
      if (known === undefined) this.#newItems.set(jobId, items);
      else known.push(...items);
    }
    for (const id of changes.changedAccounts) this.#accounts.add(id);
    for (const id of changes.changedReservations) this.#reservations.add(id);
    for (const [name, record] of changes.changedRecords) this.#records.set(name, record);
    append(this.#ledger, changes.ledger);
    for (const key of changes.released) this.#release(key);
    append(this.#idempotency, changes.idempotency);
    for (const change of changes.work) this.#work.set(change.jobId, change);
    append(this.#events, changes.events);
    append(this.#outbox, changes.outbox);
    append(this.#history, changes.history);
    append(this.#objects, changes.objects);
    for (const cap of changes.caps) {
      const name = `${cap.ownerId}\0${cap.kind}`;
      const known = this.#caps.get(name);
      this.#caps.set(name, known === undefined ? cap : strictestCap(known, cap));
    }
  }

  get isEmpty(): boolean {
    const changed = this.#newItems.size + this.#accounts.size + this.#records.size;
    return changed + this.#events.length + this.#idempotency.length === 0;
  }

  /**
   * Jobs that nothing is likely to change soon but a worker's claim, after which they are another version: those that
   * workers may claim, and those that have ended.
   */
  get done(): ReadonlySet<Ref> {
    const done = new Set<Ref>();
    for (const id of this.#newItems.keys()) {
      const work = this.#work.get(id);
      const isOffered = work?.type === 'put' && work.candidate === null && !work.work.blocked;
      if (isOffered || (this.entries.get(ref.job(id)) as Job).endedAt !== null) done.add(ref.job(id));
    }
    return done;
  }

  /** What this batch itself would insert is not inserted. */
  #release(key: ReleasedKey): void {
    const own = this.#idempotency.findIndex((record) => record.scope === key.scope && record.key === key.key);
    if (own === -1) this.#released.push(key);
    else this.#idempotency.splice(own, 1);
  }

  /** One that the batch both made and deleted is no change. */
  #toRecordChange(name: Ref, record: RecordName, loaded: (name: Ref) => Entry | undefined): RecordChange[] {
    const expectedVersion = (loaded(name) as VersionedRow | null | undefined)?.version ?? 0;
    const row = this.entries.get(name) as VersionedRow | null;
    return row === null && expectedVersion === 0 ? [] : [{ ...record, expectedVersion, row }];
  }

  /** `loaded` answers what the store held before the batch. Gives accounts their new version. */
  toCommit(loaded: (name: Ref) => Entry | undefined): Commit {
    const jobs = [...this.#newItems].map(([id, newItems]) => {
      const before = (loaded(ref.job(id)) as Job | null | undefined) ?? null;
      return { job: this.entries.get(ref.job(id)) as Job, before, expectedVersion: before?.version ?? 0, newItems };
    });
    const accounts = [...this.#accounts].map((id) => {
      const expectedVersion = (loaded(ref.account(id)) as Account | null | undefined)?.version ?? 0;
      const account = { ...(this.entries.get(ref.account(id)) as Account), version: expectedVersion + 1 };
      this.entries.set(ref.account(id), account);
      return { account, expectedVersion };
    });
    return {
      jobs,
      accounts,
      reservations: [...this.#reservations].map((id) => this.entries.get(ref.reservation(id)) as Reservation),
      records: [...this.#records].flatMap(([name, record]) => this.#toRecordChange(name, record, loaded)),
      ledger: this.#ledger,
      idempotency: this.#idempotency,
      released: this.#released,
      work: [...this.#work.values()],
      events: this.#events,
      outbox: this.#outbox,
      history: this.#history,
      objects: this.#objects,
      ...(this.#caps.size > 0 && { caps: [...this.#caps.values()] }),
    };
  }
}

function append<T>(to: T[], from: readonly T[]): void {
  for (const one of from) to.push(one);
}
