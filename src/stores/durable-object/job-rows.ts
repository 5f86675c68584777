import { InvariantViolation } from '../../domain/errors.ts';
import { foldAll } from '../../domain/job/fold.ts';
import type { EndedObjects } from '../../domain/job/ended-objects.ts';
import type { Job, JobEvent, RecordedEvent } from '../../domain/job/job.ts';
import type { AnyKind } from '../../domain/job/kind.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { Commit, IdempotencyRecord } from '../../ports/store/commit.ts';
import type { SqliteDriver } from '../sqlite/driver.ts';

/*
 * One job in a database of its own: one table, to which each commit appends one row. The job is what its events say,
 * folded once when the object comes into memory. Cloudflare charges for every row of every table and index, and each
 * object compiles its statements anew; so there is one table without an index, and there are three statements.
 *
 * A row is JSON in which everything may be missing. An older Waybill overlooks what a newer one has added to rows, so
 * that objects which the newer one has touched outlive a rollback.
 */

/** What waits to be said to the outside. */
export interface Waiting {
  readonly id: number;
  readonly topic: string;
  readonly payload: unknown;
  readonly createdAt: number;
  /** How often it was tried. Stored only when a try has failed. */
  attempts: number;
  dueAt: number;
  /** Why the last try failed, for people. */
  error?: string;
}

/** Objects of the job, which has ended. `purgedAt`, `dueAt`: as in `ports/store/ended-objects.ts`. */
export interface KeptObjects extends Pick<EndedObjects, 'part' | 'policy' | 'endedAt'> {
  readonly purgedAt: number | null;
  readonly dueAt: number | null;
}

interface Row {
  /** In the first row that has events. */
  readonly job?: { readonly id: string; readonly kind: string };
  readonly events?: readonly StoredEvent[];
  /** All that waits after it; absent where that is as before. */
  readonly outbox?: readonly Waiting[];
  readonly idempotency?: readonly IdempotencyRecord[];
  /** All of them after it; absent where they are as before. */
  readonly objects?: readonly KeptObjects[];
  /** The job is in the common index of open jobs. */
  readonly indexed?: true;
}

interface StoredEvent {
  readonly at: number;
  readonly actor: string;
  /** The correlation id; absent where it is the job's id. */
  readonly request?: string;
  readonly body: JobEvent;
}

const create = 'CREATE TABLE IF NOT EXISTS commits (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT';
const select = 'SELECT body FROM commits ORDER BY id';
const insert = 'INSERT INTO commits (body) VALUES (?)';

export class JobRows {
  readonly #driver: SqliteDriver;
  readonly #kinds: Kinds;
  readonly #onWrite: () => void;
  /** As they are stored, until somebody asks what they say; null when there is no table. */
  #stored: readonly StoredRow[] | null | undefined = undefined;
  /** Null until it is read: whoever reads again after an error begins anew. */
  #state: State | null = null;

  /** `onWrite` is called in the same turn as a write, when everything here says what is stored. */
  constructor(driver: SqliteDriver, kinds: Kinds, onWrite: () => void) {
    this.#driver = driver;
    this.#kinds = kinds;
    this.#onWrite = onWrite;
  }

  /** Whether anything is stored. An object that was only asked about has no table. */
  get exists(): boolean {
    if (this.#state !== null) return this.#state.exists;
    if (this.#stored === undefined) this.#stored = storedRows(this.#driver);
    return this.#stored !== null;
  }

  get job(): Job | null {
    return this.#read().job;
  }

  get events(): readonly RecordedEvent[] {
    return this.#read().events;
  }

  /** Oldest first. */
  get outbox(): readonly Waiting[] {
    return this.#read().outbox;
  }

  get idempotency(): readonly IdempotencyRecord[] {
    return this.#read().idempotency;
  }

  get objects(): readonly KeptObjects[] {
    return this.#read().objects;
  }

  get isIndexed(): boolean {
    return this.#read().indexed;
  }

  /** The commit's versions must have been compared. */
  commit({ jobs, events, outbox, idempotency, objects }: Commit): void {
    const state = this.#read();
    const [first] = state.events.length === 0 ? events : [];
    const waiting = [...state.outbox.map(dueNow), ...outbox.map((message) => toWaiting(state, message))];
    const kept = objects.reduce(withObjects, state.objects);
    this.#append(state, {
      ...(first && { job: { id: first.jobId, kind: first.kind } }),
      ...(events.length > 0 && { events: events.map(toStored) }),
      ...(outbox.length > 0 && { outbox: waiting }),
      ...(idempotency.length > 0 && { idempotency }),
      ...(kept !== state.objects && { objects: kept }),
    });
    if (outbox.length > 0) state.outbox = waiting;
    for (const { job } of jobs) state.job = job;
    state.events.push(...events);
    state.idempotency.push(...idempotency);
    state.objects = kept;
    this.#onWrite();
  }

  /**
   * While more waits, only memory knows what was said: it is said again if the object dies before all of it is. A row
   * for each message would be paid for in every job.
   */
  said(ids: readonly number[]): void {
    const state = this.#read();
    const left = state.outbox.filter(({ id }) => !ids.includes(id));
    if (left.length === 0 && state.outbox.length > 0) this.#append(state, { outbox: left });
    state.outbox = left;
    this.#onWrite();
  }

  /** What waits, after a try that failed or by another clock. */
  putOutbox(outbox: readonly Waiting[]): void {
    const state = this.#read();
    this.#append(state, { outbox });
    state.outbox = outbox;
    this.#onWrite();
  }

  putObjects(objects: readonly KeptObjects[]): void {
    const state = this.#read();
    this.#append(state, { objects });
    state.objects = objects;
    this.#onWrite();
  }

  /** As `putObjects`, but only for as long as the object is in memory. */
  lendObjects(objects: readonly KeptObjects[]): void {
    this.#read().objects = objects;
  }

  indexed(): void {
    const state = this.#read();
    if (state.indexed) return;
    this.#append(state, { indexed: true });
    state.indexed = true;
    this.#onWrite();
  }

  /** Everything that was stored has been deleted. */
  forget(): void {
    this.#state = null;
    this.#stored = undefined;
  }

  #read(): State {
    if (this.#state !== null) return this.#state;
    const exists = this.exists;
    const rows = this.#stored ?? [];
    this.#stored = undefined;
    const state: State = {
      exists, id: null, job: null, events: [], outbox: [], idempotency: [], objects: [],
      indexed: false, nextMessage: 1,
    };
    for (const { body } of rows) addRow(state, JSON.parse(body) as Row);
    state.job = this.#jobOf(state.events);
    this.#state = state;
    return state;
  }

  #jobOf(events: readonly RecordedEvent[]): Job | null {
    const [first] = events;
    return first === undefined ? null : foldAll<unknown, JobEvent>(tolerant(this.#kinds.of(first.kind)), events);
  }

  #append(state: State, row: Row): void {
    if (!state.exists) this.#driver.exec(create);
    state.exists = true;
    this.#driver.run(insert, [JSON.stringify(row)]);
  }
}

interface StoredRow {
  readonly body: string;
}

function storedRows(driver: SqliteDriver): readonly StoredRow[] | null {
  try {
    return driver.all<StoredRow>(select);
  } catch (error) {
    if (String(error).includes('no such table')) return null;
    throw error;
  }
}

/** What all rows together say. */
interface State {
  exists: boolean;
  id: { readonly id: string; readonly kind: string } | null;
  job: Job | null;
  readonly events: RecordedEvent[];
  outbox: readonly Waiting[];
  readonly idempotency: IdempotencyRecord[];
  objects: readonly KeptObjects[];
  indexed: boolean;
  /** The id of the next message. */
  nextMessage: number;
}

function addRow(state: State, row: Row): void {
  state.id ??= row.job ?? null;
  for (const event of row.events ?? []) state.events.push(toEvent(state, event));
  state.idempotency.push(...(row.idempotency ?? []));
  state.objects = row.objects ?? state.objects;
  state.outbox = row.outbox ?? state.outbox;
  for (const { id } of row.outbox ?? []) state.nextMessage = Math.max(state.nextMessage, id + 1);
  state.indexed ||= row.indexed ?? false;
}

function toEvent({ id: job, events }: State, { at, actor, request, body }: StoredEvent): RecordedEvent {
  if (job === null) throw new InvariantViolation('there are events of no job');
  const { id: jobId, kind } = job;
  return { jobId, kind, sequence: events.length + 1, occurredAt: at, actor, correlationId: request ?? jobId, body };
}

function toStored({ jobId, occurredAt: at, actor, correlationId, body }: RecordedEvent): StoredEvent {
  return { at, actor, ...(correlationId !== jobId && { request: correlationId }), body };
}

function toWaiting(state: State, { topic, payload, createdAt }: Commit['outbox'][number]): Waiting {
  return { id: state.nextMessage++, topic, payload, createdAt, attempts: 0, dueAt: createdAt };
}

/** What a new message would wait for is tried at once, however long ago it failed. */
function dueNow(waiting: Waiting): Waiting {
  return { ...waiting, dueAt: Math.min(waiting.dueAt, waiting.createdAt) };
}

/** A job that was retried has ended again: its objects are kept from then on. */
function withObjects(kept: readonly KeptObjects[], { part, policy, endedAt }: EndedObjects): readonly KeptObjects[] {
  const known = kept.find((one) => one.part === part);
  if (known !== undefined && known.endedAt >= endedAt) return kept;
  return [...kept.filter((one) => one !== known), { part, policy, endedAt, purgedAt: null, dueAt: null }];
}

/** An event that only a newer Waybill knows changes what any event may change, the state and the deadline, alone. */
function tolerant(kind: AnyKind): AnyKind {
  const evolve: AnyKind['evolve'] = (job, event, at) => kind.evolve(job, event, at) ?? { fields: job.fields };
  return { ...kind, evolve };
}
