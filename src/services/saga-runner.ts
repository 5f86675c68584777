import type { Dependencies } from '../application/dependencies.ts';
import { performNext } from '../application/sagas/perform.ts';
import { recordOutcome, type Outcome } from '../application/sagas/record.ts';
import type { Saga } from '../application/sagas/sagas.ts';
import type { WakeUp } from '../application/wake-up.ts';
import { createClaims, type Dispatch, type TakenJob } from '../application/work/dispatch.ts';
import { saga as sagaKind } from '../domain/saga/kind.ts';
import type { SagaJob } from '../domain/saga/types.ts';
import { createLoop, faultLevel, type Service } from './service.ts';
import { inStepSpan } from './step-spans.ts';

/*
 * Takes sagas that wait, up to so many at once, by the claim and the lease that all work is taken by. Of each it does
 * one step, or undoes one, and stores how that came out; then any runner may take the saga again. While a step is under
 * way its lease is renewed. Whoever loses it aborts the step and says nothing of it: what it did outside is found by
 * its key in the next attempt. A store that cannot answer is asked again until the lease is over.
 */

export interface SagaRunnerOptions {
  readonly deps: Pick<
    Dependencies, 'store' | 'writePath' | 'clock' | 'logger' | 'signals' | 'random' | 'ids' | 'tracer'
  >;
  readonly sagas: ReadonlyMap<string, Saga>;
  readonly wakeUp: () => WakeUp;
}

/** What one runner takes. */
interface Share {
  readonly sagas: ReadonlyMap<string, Saga>;
  readonly concurrency: number;
  readonly leaseMs: number;
}

type AbortReason = 'canceled' | 'lost' | 'stopping' | 'timed out';

interface Held {
  readonly taken: TakenJob;
  readonly abort: AbortController;
  /** Why it was aborted; null: it was not. */
  reason: AbortReason | null;
  leasedUntil: number;
}

/** Steps mostly wait, and those under way at once share their commits. */
const defaultConcurrency = 64;
const defaultLeaseMs = 30_000;
/** How long one look for work waits for some. */
const waitMs = 5_000;
/** How long steps have to end when the server stops; of those that do not, the lease runs out. */
const graceMs = 5_000;
const pauseMs = 500;

/** The services that do the steps of sagas: none, where there are none. */
export function createSagaRunners(options: SagaRunnerOptions): readonly Service[] {
  return sharesOf(options.sagas).map((share) => createSagaRunner(options, share));
}

function sharesOf(sagas: ReadonlyMap<string, Saga>): readonly Share[] {
  const isApart = ([, { stepsAtOnce }]: readonly [string, Saga]): boolean => stepsAtOnce !== undefined;
  const apart = [...sagas].filter(isApart);
  const common = [...sagas].filter((entry) => !isApart(entry));
  return [
    ...(common.length === 0 ? [] : [{
      sagas: new Map(common), concurrency: defaultConcurrency, leaseMs: defaultLeaseMs,
    }]),
    ...apart.map(([type, saga]) => ({
      sagas: new Map([[type, saga]]), concurrency: saga.stepsAtOnce ?? defaultConcurrency,
      leaseMs: saga.leaseMs ?? defaultLeaseMs,
    })),
  ];
}

function createSagaRunner(options: SagaRunnerOptions, share: Share): Service {
  const runner = new SagaRunner(options, share);
  const { logger } = options.deps;
  const renewer = createLoop({
    name: 'saga-leases', logger, wakeUp: runner.renewing, round: () => runner.renew(), pauseAfterErrorMs: pauseMs,
  });
  const taker = createLoop({
    name: 'saga-runner', logger, wakeUp: runner.freed, round: (signal) => runner.takeMore(signal),
  });
  return {
    name: 'saga-runner',
    start: () => {
      taker.start();
      renewer.start();
    },
    stop: async () => {
      await taker.stop();
      await runner.settle();
      await renewer.stop();
    },
  };
}

class SagaRunner {
  /** Notified when there is room again. */
  readonly freed: WakeUp;
  readonly renewing: WakeUp;
  readonly #pausing: WakeUp;
  readonly #deps: SagaRunnerOptions['deps'];
  readonly #sagas: ReadonlyMap<string, Saga>;
  readonly #claims: Pick<Dispatch<never, never>, 'take' | 'renew'>;
  readonly #concurrency: number;
  readonly #leaseMs: number;
  readonly #workerId: string;
  /** By lease id. */
  readonly #held = new Map<string, Held>();
  readonly #running = new Set<Promise<void>>();
  #renewAt: number;

  constructor({ deps, wakeUp }: Omit<SagaRunnerOptions, 'sagas'>, { sagas, concurrency, leaseMs }: Share) {
    [this.freed, this.renewing, this.#pausing] = [wakeUp(), wakeUp(), wakeUp()];
    this.#deps = deps;
    this.#sagas = sagas;
    this.#claims = createClaims(deps, sagaKind);
    this.#concurrency = concurrency;
    this.#leaseMs = leaseMs;
    this.#workerId = `saga-runner-${deps.ids.uuid()}`;
    this.#renewAt = deps.clock.now() + leaseMs / 3;
  }

  /** Answers in how many milliseconds to call again. */
  async takeMore(signal: AbortSignal): Promise<number> {
    // A step that does not heed its signal must not keep others from being done.
    const busy = [...this.#held.values()].filter(({ reason }) => reason !== 'lost' && reason !== 'timed out');
    const limit = this.#concurrency - busy.length;
    // Once the server stops, claims wait for nothing and are given nothing.
    if (limit <= 0 || this.#deps.signals.ready.closed) return waitMs;
    const taken = await this.#claims.take({
      workerId: this.#workerId, types: [...this.#sagas.keys()], limit, leaseMs: this.#leaseMs, waitMs, signal,
    });
    if (!taken.ok) return pauseMs;
    for (const one of taken.value) this.#begin(one);
    return 0;
  }

  #begin(taken: TakenJob): void {
    const held: Held = { taken, abort: new AbortController(), reason: null, leasedUntil: taken.leasedUntil };
    this.#held.set(taken.leaseId, held);
    // A time limit that comes before the next look has to be seen in time.
    if (taken.timeoutAt !== null && taken.timeoutAt < this.#renewAt) this.renewing.notify();
    const running = this.#run(held).finally(() => {
      this.#held.delete(taken.leaseId);
      this.#running.delete(running);
      this.freed.notify();
    });
    this.#running.add(running);
  }

  async #run(held: Held): Promise<void> {
    const job = held.taken.job as SagaJob;
    const saga = this.#sagas.get(job.type);
    if (saga === undefined) return;
    const performed = await inStepSpan(this.#deps.tracer, job, () => performNext(saga, job, held.abort.signal));
    const outcome = afterAbort(performed, held.reason);
    if (outcome !== null) await this.#record(saga, held, outcome);
  }

  /** Until it is stored, or somebody else has the saga. */
  async #record(saga: Saga, held: Held, outcome: Outcome): Promise<void> {
    const { logger, clock } = this.#deps;
    const job = held.taken.job as SagaJob;
    for (let said = outcome; held.reason !== 'lost'; ) {
      const seen = this.#pausing.count;
      try {
        const recorded = await recordOutcome(this.#deps, saga, job, said);
        if (recorded.ok || recorded.refusal.code === 'lease_lost' || recorded.refusal.code === 'not_found') return;
        if (recorded.refusal.code !== 'unavailable') {
          logger.error('the end of a step cannot be recorded', { sagaId: job.id, why: recorded.refusal.message });
          return;
        }
      } catch (error) {
        logger[faultLevel(error)]('the end of a step cannot be recorded', { sagaId: job.id, error: String(error) });
        // What the job is told has a fault; the store has not.
        if (faultLevel(error) === 'error' && said.type === 'done') said = faulty(error);
      }
      if (clock.now() >= held.leasedUntil) return;
      await this.#pausing.wait(pauseMs, seen);
    }
  }

  /** Renews all leases when it is time, and aborts what is canceled, lost or out of time. */
  async renew(): Promise<number> {
    const { clock } = this.#deps;
    if (clock.now() >= this.#renewAt) {
      this.#renewAt = clock.now() + this.#leaseMs / 3;
      const leaseIds = [...this.#held.keys()];
      const renewed = leaseIds.length === 0 ? [] : await this.#renew(leaseIds);
      for (const { leaseId, leasedUntil, cancelRequested } of renewed) {
        const held = this.#held.get(leaseId);
        if (held === undefined) continue;
        if (leasedUntil === null) this.#abort(held, 'lost');
        else held.leasedUntil = leasedUntil;
        if (cancelRequested) this.#abort(held, 'canceled');
      }
    }
    const now = clock.now();
    let next = this.#renewAt;
    for (const held of this.#held.values()) {
      const { timeoutAt } = held.taken;
      if (timeoutAt !== null && timeoutAt <= now) this.#abort(held, 'timed out');
      else if (held.leasedUntil <= now) this.#abort(held, 'lost');
      else if (held.reason === null) next = Math.min(next, timeoutAt ?? next, held.leasedUntil);
    }
    return Math.max(1, next - now);
  }

  async #renew(leaseIds: readonly string[]): ReturnType<Dispatch<never, never>['renew']> {
    try {
      return await this.#claims.renew({ workerId: this.#workerId, leaseIds, leaseMs: this.#leaseMs });
    } catch (error) {
      this.#deps.logger[faultLevel(error)]('leases of sagas cannot be renewed', { error: String(error) });
      this.#renewAt = this.#deps.clock.now() + pauseMs;
      return [];
    }
  }

  #abort(held: Held, reason: AbortReason): void {
    if (held.reason !== null) return;
    held.reason = reason;
    held.abort.abort(new Error(`The step is to stop: ${reason}.`));
    this.freed.notify();
  }

  /** Aborts all steps and waits a while for their ends to be stored. */
  async settle(): Promise<void> {
    for (const held of this.#held.values()) this.#abort(held, 'stopping');
    const seen = this.#pausing.count;
    await Promise.race([Promise.all(this.#running), this.#pausing.wait(graceMs, seen)]);
    if (this.#running.size > 0) {
      this.#deps.logger.warn('steps of sagas do not end: their leases run out', { steps: this.#running.size });
    }
    for (const held of this.#held.values()) held.reason = 'lost';
    this.#pausing.notify();
  }
}

/** What is said of a step that was aborted; null: nothing. What was done all the same is done. */
function afterAbort(outcome: Outcome, reason: AbortReason | null): Outcome | null {
  if (outcome.type !== 'fail' || reason === null) return outcome;
  switch (reason) {
    case 'lost':
      return null;
    case 'stopping':
      return { type: 'release' };
    case 'timed out':
      return { type: 'fail', code: 'timed_out', message: 'The step took longer than its time limit.', retryable: true };
    case 'canceled':
      return { ...outcome, retryable: false };
  }
}

function faulty(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'fail', code: 'error', message: message.slice(0, 2_000).toWellFormed(), retryable: true };
}
