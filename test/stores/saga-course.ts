import { expect } from 'vitest';
import type { Dependencies } from '../../src/application/dependencies.ts';
import { onAnyJob } from '../../src/application/jobs/on-any-job.ts';
import { recordOutcome, type Outcome } from '../../src/application/sagas/record.ts';
import type { Saga } from '../../src/application/sagas/sagas.ts';
import { createClaims } from '../../src/application/work/dispatch.ts';
import { ref } from '../../src/application/write-path/refs.ts';
import { saga } from '../../src/domain/saga/kind.ts';
import type { SagaJob } from '../../src/domain/saga/types.ts';
import type { Store } from '../../src/ports/store/store.ts';
import type { Logger } from '../../src/ports/world.ts';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createMemoryObjects } from '../../src/testing/memory-objects.ts';
import { orderSaga } from '../../src/testing/sample-kinds/order-saga.ts';
import { shipmentParts, type Carrier } from '../../src/testing/sample-kinds/shipment-saga.ts';
import { shipment } from '../../src/testing/sample-kinds/shipment.ts';
import { startServer } from '../../src/testing/simulator/server.ts';
import { settings } from '../../src/testing/simulator/world.ts';

const silent = (): void => {};
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };
const nobody: Carrier = {
  perform: () => Promise.reject(new Error('no runner is to do this')),
  undo: () => Promise.reject(new Error('no runner is to do this')),
};

export const says = {
  done: (output: unknown = 'made'): Outcome => ({ type: 'done', output }),
  fail: (message = 'Nothing is left.'): Outcome => ({ type: 'fail', code: 'no_stock', message, retryable: true }),
  refuse: (message = 'Nothing is left.'): Outcome => ({ type: 'fail', code: 'no_stock', message, retryable: false }),
  release: { type: 'release' } satisfies Outcome,
  end: { type: 'end' } satisfies Outcome,
} as const;

/** `lose`: the attempt is over its time limit. `cancel`: its job is canceled. */
export type Move = 'claim' | 'lose' | 'cancel' | Outcome;

/** One saga on a store, taken on by hand: what a runner does, a move at a time. */
export class SagaCourse {
  readonly jobId: string;
  readonly sagaId: string;
  readonly #store: Store;
  readonly #clock: FakeClock;
  readonly #deps: Dependencies;
  readonly #saga: Saga;
  #leased: SagaJob | null = null;

  private constructor(store: Store, clock: FakeClock, deps: Dependencies, seed: number) {
    const ids = createFakeIds(clock, seed);
    [this.jobId, this.sagaId] = [ids.uuid(), ids.uuid()];
    [this.#store, this.#clock, this.#deps] = [store, clock, deps];
    const { sagas = [] } = shipmentParts(nobody).create(deps as never);
    this.#saga = sagas[0] as Saga;
  }

  /** `seed`: of the ids, another one for each course on one store. */
  static async begin(store: Store, seed = 1): Promise<SagaCourse> {
    const clock = createFakeClock();
    let deps: Dependencies | null = null;
    // Without its sagas, so that no runner takes what the test does by hand.
    const kind = { ...shipmentParts(nobody), create: () => ({ application: null, view: async (job: unknown) => job }) };
    startServer('by-hand', {
      kinds: [kind], store, clock, timer: clock, logger, settings, objects: createMemoryObjects(clock),
      ids: createFakeIds(clock, 7), random: () => 0.5,
      services: (given) => {
        deps = given;
        return [];
      },
    });
    if (deps === null) throw new Error('the server has no dependencies');
    const course = new SagaCourse(store, clock, deps, seed);
    const made = await course.#deps.writePath.run({
      actor: 'ada', correlationId: 'request-1', reads: [],
      decide: (draft) => {
        const { jobId, sagaId } = course;
        return draft.createJob(shipment, jobId, { type: 'create', ownerId: 'ada', sagaId });
      },
    });
    expect(made.ok).toBe(true);
    return course;
  }

  /** Each a second after the one before, and claims when the backoff is over. */
  async take(...moves: readonly Move[]): Promise<void> {
    for (const move of moves) {
      if (move === 'claim') await this.#claim();
      else if (move === 'lose') await this.#lose();
      else if (move === 'cancel') await onAnyJob(this.#deps, this.jobId, { type: 'cancel' });
      else await this.#record(move);
      this.#clock.advance(1_000);
    }
  }

  async job(): Promise<SagaJob> {
    return (await this.#store.jobs.get(this.sagaId)) as SagaJob;
  }

  async #claim(): Promise<void> {
    this.#clock.advance(60_000);
    await this.#store.work.admit(this.#clock.now());
    const taken = await createClaims(this.#deps, saga).take({
      workerId: 'runner-1', types: [orderSaga.type], limit: 1, leaseMs: 30_000, waitMs: 0,
    });
    if (!taken.ok || taken.value[0]?.job.id !== this.sagaId) throw new Error('the saga is not to be claimed');
    this.#leased = taken.value[0].job as SagaJob;
  }

  async #lose(): Promise<void> {
    const token = this.#leased?.lease?.token ?? 0;
    const lost = await this.#deps.writePath.run({
      actor: 'system', correlationId: this.jobId, reads: [ref.job(this.sagaId)],
      decide: (draft) => {
        const job = draft.job(saga, this.sagaId);
        if (job === null) throw new Error('there is no saga');
        return draft.changeJob(saga, job, { type: 'loseLease', token, timedOut: true, random: 0.5 });
      },
    });
    expect(lost.ok).toBe(true);
  }

  async #record(outcome: Outcome): Promise<void> {
    if (this.#leased === null) throw new Error('the saga is not claimed');
    const recorded = await recordOutcome(this.#deps, this.#saga, this.#leased, outcome);
    if (!recorded.ok) throw new Error(recorded.refusal.message);
    this.#leased = null;
  }
}
