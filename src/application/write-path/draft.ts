import type { Account, Reservation } from '../../domain/account/account.ts';
import { open, settle, shrink, unopened, type AccountChange } from '../../domain/account/decide.ts';
import type { PlanTable } from '../../domain/account/plans.ts';
import { InvariantViolation, ok, refuse, type Result } from '../../domain/errors.ts';
import { fold, missingFields } from '../../domain/job/fold.ts';
import { historyOf } from '../../domain/job/history.ts';
import { placeOf } from '../../domain/job/id.ts';
import type { Item, Job, JobEvent, RecordedEvent } from '../../domain/job/job.ts';
import type { AccountEffect, AnyKind, Decision, Effect, Kind, StandardCommand } from '../../domain/job/kind.ts';
import { saga } from '../../domain/saga/kind.ts';
import type { SagaCommand } from '../../domain/saga/types.ts';
import type { IdempotencyRecord, ReleasedKey } from '../../ports/store/commit.ts';
import { counters } from '../../ports/store/counters.ts';
import { keyOf, type RecordKey, type Table, type VersionedRow } from '../../ports/store/tables.ts';
import type { UsageCap } from '../../ports/store/usage-cap.ts';
import type { Batch } from './batch.ts';
import { NotLoaded, ref, sortOf, type Ref } from './refs.ts';
import type { Sends } from './sends.ts';
import type { Entry } from './aggregate-cache.ts';

/** Who says a command. */
interface Said {
  readonly actor: string;
  readonly correlationId: string;
}

/** What holds for all commands of a batch. */
export interface DraftContext {
  readonly now: number;
  /** See `CommitStore.holdsAccounts`. */
  readonly holdsAccounts: boolean;
  /** What accounts may, by their plan. */
  readonly plans: PlanTable;
  /** Absent where nothing is traced. */
  readonly sends?: Sends | undefined;
}

/**
 * The view that the commands of a batch have of the state, one after the other: what is stored, overlaid by the changes
 * of those before it in the batch, overlaid by its own so far. Pure and synchronous. If a command is refused, its batch
 * takes back what it changed, and no other command sees it.
 */
export class Draft {
  readonly now: number;
  readonly #batch: Batch;
  readonly #stored: (name: Ref) => Entry | undefined;
  readonly #context: DraftContext;
  #said: Said = { actor: '', correlationId: '' };
  #reads: Ref[] = [];

  /** `stored` answers what was loaded; undefined where that is not known yet. */
  constructor(batch: Batch, stored: (name: Ref) => Entry | undefined, context: DraftContext) {
    this.#batch = batch;
    this.#stored = stored;
    this.#context = context;
    this.now = context.now;
  }

  /** The next command begins. */
  begin(said: Said): void {
    this.#said = said;
    if (this.#reads.length > 0) this.#reads = [];
  }

  /** What the command has read, to tell a stale refusal from a valid one; perhaps several times. */
  get reads(): readonly Ref[] {
    return this.#reads;
  }

  /** The owners of what the command has changed of jobs and accounts; null: it has changed nothing at all. */
  get changedOwners(): readonly string[] | null {
    const { entries } = this.#batch;
    const changed = new Set(entries.recent);
    if (changed.size === 0) return null;
    return [...changed].flatMap((name) => {
      const sort = sortOf(name);
      if (sort === 'job') return [(entries.get(name) as Job).ownerId];
      return sort === 'account' ? [(entries.get(name) as Account).id] : [];
    });
  }

  job<F, C extends { readonly type: string }, E extends JobEvent>(kind: Kind<F, C, E>, id: string): Job<F> | null {
    const job = this.anyJob(id);
    return job !== null && job.kind === kind.name ? (job as Job<F>) : null;
  }

  /** Of whatever kind. */
  anyJob(id: string): Job | null {
    return this.#read(ref.job(id)) as Job | null;
  }

  /** The account as stored, or as it begins: with its plan's credits, granted by this command. */
  account(id: string): Account {
    const stored = this.#read(ref.account(id)) as Account | null;
    if (stored !== null) return stored;
    return this.applyAccount(open(unopened(id, this.now), this.now, this.plans));
  }

  /** What accounts may now, by their plan. */
  get plans(): PlanTable {
    return this.#context.plans;
  }

  reservation(jobId: string): Reservation | null {
    return this.#read(ref.reservation(jobId)) as Reservation | null;
  }

  record<Row extends VersionedRow>(table: Table<Row>, key: RecordKey): Row | null {
    return this.#read(ref.record(table, key)) as Row | null;
  }

  /** Makes the row, or changes it: it is another version then. */
  putRecord<Row extends VersionedRow>(table: Table<Row>, content: Omit<Row, 'version'>): Row {
    const key = keyOf(table, content as Row);
    const before = this.record(table, key);
    const row = { ...content, version: before === null ? Math.max(1, this.now) : before.version + 1 } as Row;
    this.#changeRecord(table, key, row);
    return row;
  }

  deleteRecord(table: Table, key: RecordKey): void {
    this.#changeRecord(table, key, null);
  }

  #changeRecord(table: Table, key: RecordKey, row: VersionedRow | null): void {
    const name = ref.record(table, key);
    // Its commit names the stored version.
    this.#read(name);
    this.#batch.putRecord(name, { table, key }, row);
  }

  idempotency(scope: string, key: string): IdempotencyRecord | null {
    return this.#read(ref.idempotency(scope, key)) as IdempotencyRecord | null;
  }

  /** Remembers what the first request with a key made, for its repeats. */
  remember(record: IdempotencyRecord): void {
    this.#batch.entries.set(ref.idempotency(record.scope, record.key), record);
  }

  /** Lets go of what `remember` kept, so that the next one may have the key. */
  release(key: ReleasedKey): void {
    this.#batch.release(key);
  }

  /** Of an account that moves no credits. */
  putAccount(account: Account): void {
    this.#batch.entries.set(ref.account(account.id), account);
  }

  /** Has the commit fail with `UsageExceeded` rather than store more than that. */
  cap(cap: UsageCap): void {
    this.#batch.cap(cap);
  }

  applyAccount(change: AccountChange): Account {
    if (!change.changed) return change.account;
    this.putAccount(change.account);
    for (const entry of change.entries) this.#batch.ledger.push(entry);
    const { reservation } = change;
    if (reservation !== null) this.#batch.entries.set(ref.reservation(reservation.jobId), reservation);
    return change.account;
  }

  createJob<F, C extends { readonly type: string }, E extends JobEvent>(
    kind: Kind<F, C, E>,
    jobId: string,
    command: C & { readonly type: 'create' },
  ): Result<Job<F>> {
    const decision = kind.create(this.#traced(kind, command), this.now);
    return decision.ok ? this.#applyDecision(kind, jobId, null, decision.value) : decision;
  }

  #traced<C extends object>(kind: Pick<AnyKind, 'name' | 'internal'>, command: C): C {
    const { sends } = this.#context;
    if (sends === undefined || !('traceparent' in command)) return command;
    const { jobType, traceparent } = command as { readonly jobType?: string; readonly traceparent: string | null };
    return { ...command, traceparent: sends.traceparentOf(kind, jobType ?? '', traceparent) };
  }

  /** The job after the command; the same object when the command changed nothing. */
  changeJob<F, C extends { readonly type: string }, E extends JobEvent>(
    kind: Kind<F, C, E>,
    job: Job<F>,
    command: C | StandardCommand,
  ): Result<Job<F>> {
    const decision = kind.decide(job, command, this.now);
    if (!decision.ok) return decision;
    if (decision.value.events.length === 0) return ok(job);
    return this.#applyDecision(kind, job.id, job, decision.value);
  }

  #applyDecision<F, C extends { readonly type: string }, E extends JobEvent>(
    kind: Kind<F, C, E>,
    jobId: string,
    before: Job<F> | null,
    decision: Decision<E>,
  ): Result<Job<F>> {
    const { actor, correlationId: requestId } = this.#said;
    // Nothing of a decision that cannot be stored as a whole is in the batch, whatever its command makes of that.
    const events: RecordedEvent<E>[] = [];
    let newItems = noItems;
    let job = before;
    for (const body of decision.events) {
      const said: RecordedEvent<E> = {
        jobId, kind: kind.name, sequence: (job?.version ?? 0) + 1, occurredAt: this.now, actor,
        correlationId: requestId, body,
      };
      const missing = missingFields(kind, job, said);
      if (missing.length > 0) return incomplete(kind, job, said, missing);
      const next: Job<F> = fold(kind, job, said);
      const correlationId = kind.correlation?.(next, job) ?? requestId;
      const isSaid = correlationId !== requestId || (kind.correlation !== undefined && correlationId !== jobId);
      const event = isSaid ? { ...said, correlationId, body: { ...body, requestId } } : said;
      if (job !== null && next.items !== job.items) {
        newItems = [...newItems, ...newItemsOf(next, job)];
      }
      job = next;
      events.push(event);
    }
    if (job === null) throw new InvariantViolation(`job ${jobId} was created without an event`);
    for (const event of events) this.#batch.events.push(event);
    this.#batch.putJob(job, newItems);
    for (const effect of decision.effects) this.#applyEffect(kind, job, effect);
    return ok(job);
  }

  #applyEffect<F, C extends { readonly type: string }, E extends JobEvent>(
    kind: Kind<F, C, E>,
    job: Job<F>,
    effect: Effect,
  ): void {
    switch (effect.type) {
      case 'send-message':
        return this.#send(job, `queue:${effect.queue}`, {});
      case 'post':
        return this.#send(job, effect.topic, effect.payload);
      case 'offer-work': {
        const { id: jobId, type: jobType, ownerId } = job;
        const candidate = kind.lifecycle.claims.length === 0 ? { ownerId, place: placeOf(job) } : null;
        const { work } = effect;
        this.#batch.putWork({ type: 'put', jobId, jobType, kind: kind.name, candidate, work, now: this.now });
        return;
      }
      case 'lease-work': {
        const { leaseMs, timeoutMs } = effect;
        const token = job.lease?.token ?? 0;
        this.#batch.putWork({ type: 'lease', jobId: job.id, token, leaseMs, timeoutMs, now: this.now });
        return;
      }
      case 'request-cancel':
        this.#batch.putWork({ type: 'request-cancel', jobId: job.id });
        return;
      case 'withdraw-work':
        this.#batch.putWork({ type: 'remove', jobId: job.id });
        return;
      case 'end-objects': {
        const { id: jobId, ownerId, endedAt } = job;
        const { part, policy } = effect;
        this.#batch.objects.push({ jobId, kind: kind.name, part, ownerId, policy, endedAt: endedAt ?? this.now });
        return;
      }
      case 'begin-saga':
        return this.#beginSaga(job, effect);
      case 'cancel-saga':
        return this.#tellSaga(effect.sagaId, { type: 'cancel' });
      case 'settle-step':
        return this.#tellSaga(effect.sagaId, { type: 'settle', step: effect.step, outcome: effect.outcome });
      case 'count':
        return this.#count(effect);
      case 'release-key':
        return this.release({ scope: effect.scope, key: effect.key, resourceId: job.id });
      default:
        return this.#applyToAccount(kind, job, effect);
    }
  }

  #count({ counter: kind, scope, key, by }: Effect & { readonly type: 'count' }): void {
    const value = (this.record(counters, [kind, scope, key])?.value ?? 0) + by;
    if (value < 0) throw new InvariantViolation(`${-by} of ${value - by} ${kind} of ${scope} ${key} are given back`);
    this.putRecord(counters, { kind, scope, key, value });
  }

  #beginSaga(job: Job, { sagaId, definition, data }: Effect & { readonly type: 'begin-saga' }): void {
    const { id: jobId, ownerId, traceparent } = job;
    const begun = this.createJob(saga, sagaId, {
      type: 'create', ownerId, traceparent, jobId, input: { definition, data },
    });
    if (!begun.ok) throw new InvariantViolation(`saga ${sagaId} does not begin: ${begun.refusal.message}`);
  }

  /** One that is there no more ended long ago. */
  #tellSaga(sagaId: string, command: SagaCommand): void {
    const job = this.job(saga, sagaId);
    if (job !== null) this.changeJob(saga, job, command);
  }

  #applyToAccount<F, C extends { readonly type: string }, E extends JobEvent>(
    kind: Kind<F, C, E>,
    job: Job<F>,
    effect: AccountEffect,
  ): void {
    if (!this.#context.holdsAccounts) return this.#send(job, effect.type, { ...effect, accountId: job.ownerId });
    if (effect.type === 'record-history') {
      const movements = this.reservation(job.id)?.movements ?? [];
      this.#batch.history.push(historyOf(kind, job, movements));
      return;
    }
    const reservation = this.reservation(job.id);
    if (reservation === null) throw new InvariantViolation(`job ${job.id} has no reservation`);
    const account = this.account(job.ownerId);
    this.applyAccount(
      effect.type === 'shrink-reservation'
        ? shrink(account, reservation, effect.keep, this.now)
        : settle(account, reservation, effect, this.now),
    );
  }

  #send({ id: jobId, ownerId }: Pick<Job, 'id' | 'ownerId'>, topic: string, payload: unknown): void {
    this.#batch.outbox.push({ topic, jobId, ownerId, payload, createdAt: this.now });
  }

  #read(name: Ref): Entry {
    this.#reads.push(name);
    const changed = this.#batch.entries.get(name);
    if (changed !== undefined) return changed;
    const entry = this.#stored(name);
    if (entry === undefined) throw new NotLoaded(name);
    return entry;
  }
}

const noItems: readonly Item[] = [];

function newItemsOf({ items }: Job, before: Job): readonly Item[] {
  const made: Item[] = [];
  for (const [idx, item] of items) if (!before.items.has(idx)) made.push(item);
  return made;
}

/** The state that the event enters requires more than there is. */
function incomplete(
  { name }: { readonly name: string },
  job: Pick<Job, 'id' | 'state'> | null,
  { body }: RecordedEvent,
  missing: readonly string[],
): Result<never> {
  const which = job === null ? `A ${name}` : `Job ${job.id}`;
  const message = `${which} cannot become ${body.state}: it has no ${missing.join(', no ')}.`;
  const fields = Object.fromEntries(missing.map((field) => [field, `is needed for ${body.state}`]));
  return refuse('invalid_state', message, { fields, ...(job !== null && { state: job.state }) });
}
