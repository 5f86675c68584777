import { fold } from '../../domain/job/fold.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import type { Decision, Effect } from '../../domain/job/kind.ts';
import type { WorkLimits } from '../../domain/job/work.ts';
import { noWorkLimits } from '../../domain/job/work.ts';
import type { Result } from '../../domain/errors.ts';
import type { Commit, IdempotencyRecord, NewOutboxMessage, ReleasedKey } from '../../ports/store/commit.ts';
import type { Store } from '../../ports/store/store.ts';
import type { ClaimedJob, ClaimOptions, WorkChange } from '../../ports/store/work-store.ts';
import { errand, type ErrandCommand, type ErrandEvent, type ErrandInput, type ErrandJob } from
  '../sample-kinds/errand.ts';
import { newId, nothing, stored, t0 } from './context.ts';

export interface NewErrand extends Partial<ErrandInput> {
  readonly type?: string;
  readonly ownerId?: string;
  readonly runAt?: number;
  readonly waitsFor?: readonly string[];
}

/** Makes the commits by which errands are made and go on, by the kind's rules, and remembers what is stored then. */
export class ErrandBook {
  now = t0;
  readonly jobs = new Map<string, ErrandJob>();
  readonly #before = new Map<string, ErrandJob | null>();
  #events: RecordedEvent[] = [];
  #work: WorkChange[] = [];
  #released: ReleasedKey[] = [];
  #idempotency: IdempotencyRecord[] = [];
  #outbox: NewOutboxMessage[] = [];

  /** Everything since the last call. */
  take(): Commit {
    const jobs = [...this.#before].map(([id, before]) => {
      const job = this.jobs.get(id) as ErrandJob;
      return { job, before, expectedVersion: before?.version ?? 0, newItems: [] };
    });
    const [events, work, outbox] = [this.#events, this.#work, this.#outbox];
    const [released, idempotency] = [this.#released, this.#idempotency];
    this.#before.clear();
    [this.#events, this.#work, this.#outbox, this.#released, this.#idempotency] = [[], [], [], [], []];
    return { ...nothing, jobs, events, work, outbox, released, idempotency };
  }

  submit(how: NewErrand = {}): string {
    const { type = 'import', ownerId = 'user-1', runAt = this.now, waitsFor = [], ...input } = how;
    const id = newId(this.now);
    const whole: ErrandInput = {
      data: { rows: 3 }, priority: 0, maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 60_000 }, timeoutMs: null,
      dedupeKey: null, concurrencyKey: null, webhookUrl: null, dependsOn: waitsFor,
      onDependencyFailure: 'cancel', ...input,
    };
    const command = { type: 'create', ownerId, jobType: type, input: whole, runAt, waitsFor } as const;
    this.#decided(id, null, must(errand.create(command, this.now)));
    return id;
  }

  /** Goes on with what the store handed out. */
  heard(claimed: readonly ClaimedJob[]): void {
    for (const { job } of claimed) this.jobs.set(job.id, job as ErrandJob);
  }

  command(jobId: string, command: ErrandCommand): void {
    const job = this.jobs.get(jobId) as ErrandJob;
    this.#decided(jobId, job, must(errand.decide(job, command, this.now)));
  }

  /** By the worker that has it. */
  complete(jobId: string): void {
    this.command(jobId, { type: 'complete', token: this.tokenOf(jobId), result: { imported: 3 } });
  }

  /** To be tried again after so long. */
  fail(jobId: string, retryAfterMs: number): void {
    const told = { message: 'no', retryAfterMs, random: 0 };
    this.command(jobId, { type: 'fail', token: this.tokenOf(jobId), ...told });
  }

  release(jobId: string): void {
    this.command(jobId, { type: 'release', token: this.tokenOf(jobId) });
  }

  tokenOf(jobId: string): number {
    return this.jobs.get(jobId)?.lease?.token ?? 0;
  }

  remember(record: IdempotencyRecord): void {
    this.#idempotency.push(record);
  }

  #decided(id: string, before: ErrandJob | null, { events, effects }: Decision<ErrandEvent>): void {
    if (!this.#before.has(id)) this.#before.set(id, before);
    let job = before;
    for (const body of events) {
      const event: RecordedEvent<ErrandEvent> = {
        jobId: id, kind: errand.name, sequence: (job?.version ?? 0) + 1, occurredAt: this.now, actor: 'user-1',
        correlationId: id, body,
      };
      job = fold(errand, job, event) as ErrandJob;
      this.#events.push(event);
    }
    if (job === null) throw new Error('an errand begins with an event');
    this.jobs.set(id, job);
    for (const effect of effects) this.#perform(job, effect);
  }

  #perform({ id: jobId, ownerId, type: jobType, kind }: ErrandJob, effect: Effect): void {
    switch (effect.type) {
      case 'offer-work':
        this.#work.push({ type: 'put', jobId, jobType, kind, candidate: null, work: effect.work, now: this.now });
        return;
      case 'request-cancel':
        this.#work.push({ type: 'request-cancel', jobId });
        return;
      case 'withdraw-work':
        this.#work.push({ type: 'remove', jobId });
        return;
      case 'release-key':
        this.#released.push({ scope: effect.scope, key: effect.key, resourceId: jobId });
        return;
      case 'post':
        this.#outbox.push({ topic: effect.topic, jobId, ownerId, payload: effect.payload, createdAt: this.now });
        return;
      default:
        throw new Error(`no errand says ${effect.type}`);
    }
  }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result.value;
}

/** A claim as a worker makes it, unless said otherwise: of any number, for a minute. */
export function asked(changes: Partial<ClaimOptions> = {}): ClaimOptions {
  const { claims } = errand.lifecycle;
  return {
    kind: 'errand', claims, types: ['import'], limit: 1_000, workerId: 'worker-1', now: t0, leaseMs: 60_000, ...changes,
  };
}

export function idsOf(claimed: readonly ClaimedJob[]): string[] {
  return claimed.map(({ job }) => job.id);
}

/** Claims, and tells the book. */
export async function claimed(store: Store, book: ErrandBook, changes: Partial<ClaimOptions> = {}): Promise<string[]> {
  const jobs = await store.work.claim(asked({ now: book.now, ...changes }));
  book.heard(jobs);
  return idsOf(jobs);
}

/** Stores what the book has. */
export async function written(store: Store, book: ErrandBook): Promise<void> {
  await stored(store, book.take());
}

/** Errands that are the same but for their ids, stored; oldest first. */
export async function submitted(store: Store, book: ErrandBook, count: number, how: NewErrand = {}): Promise<string[]> {
  const ids = Array.from({ length: count }, () => book.submit(how));
  await written(store, book);
  return ids;
}

/** Sets the limits of a type; those that are not named are none. */
export async function limit(
  store: Store,
  limits: Partial<WorkLimits>,
  name = 'import',
  kind = 'errand',
): Promise<void> {
  await store.work.putType({ kind, name, limits: { ...noWorkLimits, ...limits }, defaults: null, updatedAt: t0 }, t0);
}

/** How many rows a type has at each stage where it has any. */
export async function places(store: Store, type = 'import', kind = 'errand'): Promise<Record<string, number>> {
  const counts = await store.work.counts();
  const own = counts.filter((one) => one.kind === kind && one.type === type);
  return Object.fromEntries(own.map(({ stage, count }) => [stage, count]));
}
