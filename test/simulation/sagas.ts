import { expect } from 'vitest';
import type { Dependencies } from '../../src/application/dependencies.ts';
import { onAnyJob } from '../../src/application/jobs/on-any-job.ts';
import type { Performed, StepAttempt } from '../../src/application/sagas/step.ts';
import { foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import { saga } from '../../src/domain/saga/kind.ts';
import type { SagaEvent, SagaJob } from '../../src/domain/saga/types.ts';
import type { Store } from '../../src/ports/store/store.ts';
import type { Logger } from '../../src/ports/world.ts';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createMemoryObjects } from '../../src/testing/memory-objects.ts';
import { orderSaga } from '../../src/testing/sample-kinds/order-saga.ts';
import { shipmentParts, type Carrier } from '../../src/testing/sample-kinds/shipment-saga.ts';
import { shipment, type ShipmentJob } from '../../src/testing/sample-kinds/shipment.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { startServer, type Server } from '../../src/testing/simulator/server.ts';
import { settings } from '../../src/testing/simulator/world.ts';

/** Which steps fail, and how: `<step>` for doing it, `-<step>` for undoing it. */
export interface Script {
  /** So often, and may be tried again. */
  readonly faults?: Readonly<Record<string, number>>;
  /** For good. */
  readonly refused?: readonly string[];
}

/** What happens at the n-th await (from 1) of the server that runs then. */
export interface Mishap {
  readonly at: number;
  readonly what: 'crash' | 'cancel';
}

const silent = (): void => {};
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };
const never = new Promise<never>(() => {});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** The methods that a runner awaits; what other loops ask of the store are no points of its own. */
const counted = new Set(['load', 'commit', 'claim', 'extend']);

/** The outside: it stays when servers go, and knows what was done by its key. */
class Outside {
  readonly there = new Map<string, string>();
  readonly done: string[] = [];
  readonly undone: string[] = [];
  readonly wrong: string[] = [];
  readonly #left: Map<string, number>;
  readonly #refused: ReadonlySet<string>;

  constructor({ faults = {}, refused = [] }: Script) {
    this.#left = new Map(Object.entries(faults));
    this.#refused = new Set(refused);
  }

  /** As one server reaches it: every await is a point where that server may end. */
  by(point: () => Promise<void>): Carrier {
    return {
      perform: async (step, attempt) => {
        await point();
        const answer = this.#do(step, attempt);
        await point();
        return answer;
      },
      undo: async (step, { key }) => {
        await point();
        this.#fault(`-${step}`);
        if (this.there.delete(key)) this.undone.push(step);
        await point();
      },
    };
  }

  #do(step: string, { key, outputs }: StepAttempt): Performed {
    const before = orderSaga.steps.slice(0, orderSaga.steps.findIndex(({ name }) => name === step));
    if (before.some(({ name }) => outputs[name] === undefined)) this.wrong.push(`${step} before its time`);
    if (this.undone.length > 0) this.wrong.push(`${step} after something was undone`);
    if (this.#refused.has(step)) return { ok: false, code: 'refused', message: 'No.', retryable: false };
    this.#fault(step);
    // Looks first.
    if (!this.there.has(key)) {
      this.there.set(key, `${step}-receipt-${this.done.length}`);
      this.done.push(step);
    }
    return { ok: true, output: this.there.get(key) };
  }

  #fault(what: string): void {
    const left = this.#left.get(what) ?? 0;
    if (this.#refused.has(what)) throw new Error(`${what} is refused`);
    if (left === 0) return;
    this.#left.set(what, left - 1);
    throw new Error(`${what} fails for now`);
  }
}

/** One server with a store and an outside that stop answering once it is dead. */
interface Life {
  readonly server: Server;
  readonly deps: Dependencies;
  readonly calls: { under: number };
  readonly life: { dead: boolean; points: number };
}

export interface SagaRun {
  readonly outside: Outside;
  readonly job: ShipmentJob;
  readonly saga: SagaJob;
  readonly events: readonly RecordedEvent<SagaEvent>[];
  /** How many points the first server came past. */
  readonly points: number;
}

export interface Pace {
  /** Servers at once, 1 unless said. */
  readonly servers?: number;
  /** How far the clock goes between two looks. 1,000 unless said. */
  readonly stepMs?: number;
}

/** Runs one shipment to its end on the store, with these mishaps, each in the life of the server that is next. */
async function runSaga(
  store: Store,
  script: Script,
  mishaps: readonly Mishap[] = [],
  { servers = 1, stepMs = 1_000 }: Pace = {},
): Promise<SagaRun> {
  const clock = createFakeClock();
  const outside = new Outside(script);
  const ids = createFakeIds(clock, 1);
  const [jobId, sagaId] = [ids.uuid(), ids.uuid()];
  const left = [...mishaps];
  let boots = 0;
  const boot = (): Life => {
    const cancel = async (deps: Dependencies): Promise<void> => {
      await onAnyJob(deps, jobId, { type: 'cancel' });
    };
    const mishap = left.shift() ?? null;
    return start(store, clock, outside, { number: boots++, mishap, cancel });
  };
  const lives = Array.from({ length: servers }, boot);
  const [first] = lives as [Life];
  const under = (): number => lives.reduce((sum, { calls }) => sum + calls.under, 0);
  // The first server takes the job; that this is stored is no matter of the runner.
  const { writePath } = first.deps;
  const made = await writePath.run({
    actor: 'ada', correlationId: 'test', reads: [],
    decide: (draft) => draft.createJob(shipment, jobId, { type: 'create', ownerId: 'ada', sagaId }),
  });
  expect(made.ok).toBe(true);
  first.life.points = 0;
  for (let rounds = 0; ; rounds++) {
    await settled(under);
    const stored = await store.jobs.get(sagaId);
    // A cancel may still be under way when the saga has ended.
    if (stored?.endedAt && left.length === 0) break;
    if (stored?.endedAt && rounds > 50) break;
    if (rounds > 3_000) throw new Error(`the saga does not end: ${JSON.stringify(stored)}`);
    for (const [index, { life }] of lives.entries()) {
      if (!life.dead) continue;
      lives[index] = boot();
      // What the dead one held lapses.
      clock.advance(30_000);
    }
    clock.advance(stepMs);
    for (const { server } of lives) server.tick();
  }
  await settled(under);
  for (const { life } of lives) life.dead = true;
  const events = (await store.jobs.events(sagaId, { after: 0, limit: 1_000 })) as readonly RecordedEvent<SagaEvent>[];
  const [ended, job] = [await store.jobs.get(sagaId), await store.jobs.get(jobId)];
  return { outside, job: job as ShipmentJob, saga: ended as SagaJob, events, points: first.life.points };
}

function start(
  store: Store,
  clock: FakeClock,
  outside: Outside,
  { number, mishap, cancel }: {
    /** From 0: the points of that one count once it has taken the job. */
    readonly number: number;
    readonly mishap: Mishap | null;
    readonly cancel: (deps: Dependencies) => Promise<void>;
  },
): Life {
  const life = { dead: false, points: number === 0 ? Number.NEGATIVE_INFINITY : 0 };
  const calls = { under: 0 };
  let deps: Dependencies | null = null;
  const point = async (): Promise<void> => {
    if (life.dead) return never;
    life.points += 1;
    if (mishap === null || life.points !== mishap.at) return;
    if (mishap.what === 'cancel') {
      if (deps !== null) void cancel(deps);
      return;
    }
    life.dead = true;
    calls.under = 0;
    return never;
  };
  const server = startServer(`server-${number}`, {
    kinds: [shipmentParts(outside.by(point))], store: mortal(store, life, calls, point), clock, timer: clock, logger,
    settings, objects: createMemoryObjects(clock), ids: createFakeIds(clock, 7 + number), random: () => 0.5,
    services: (given) => {
      deps = given;
      return [];
    },
  });
  if (deps === null) throw new Error('the server has no dependencies');
  return { server, deps, calls, life };
}

/** The store as one server reaches it. */
function mortal(store: Store, life: Life['life'], calls: Life['calls'], point: () => Promise<void>): Store {
  const wrapped = <T extends object>(target: T): T => new Proxy(target, {
    get: (of, key) => {
      const value: unknown = Reflect.get(of, key);
      if (key === 'commitAhead' || key === 'wakeUps') return undefined;
      if (typeof value === 'object' && value !== null) return wrapped(value);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]): Promise<unknown> => {
        if (life.dead) return never;
        calls.under += 1;
        const isCounted = counted.has(String(key));
        if (isCounted) await point();
        let answer: unknown;
        try {
          answer = await (value as (...all: unknown[]) => unknown).apply(of, given);
        } finally {
          if (!life.dead) calls.under -= 1;
        }
        if (life.dead) return never;
        if (isCounted) await point();
        return answer;
      };
    },
  });
  return wrapped(store);
}

/** Nothing is under way any more that does not wait for the clock. */
async function settled(under: () => number): Promise<void> {
  for (let quiet = 0; quiet < 4; ) {
    await turn();
    quiet = under() === 0 ? quiet + 1 : 0;
  }
}

/** Throws unless the run came out as it must, whatever happened on the way. */
function judge({ outside, job, saga: ended, events }: SagaRun, script: Script): void {
  expect(outside.wrong).toEqual([]);
  expect(foldAll(saga, events)).toEqual(ended);
  expect(ended.endedAt).not.toBeNull();
  const { steps } = ended.fields;
  const key = (name: string): string => `${ended.id}.${name}`;
  // Nothing is done twice, or without the saga having begun it.
  expect(new Set(outside.done).size).toBe(outside.done.length);
  expect(new Set(outside.undone).size).toBe(outside.undone.length);
  for (const name of outside.done) expect(steps.find((step) => step.name === name)?.startedAt).not.toBeNull();
  // What is recorded of a step is what was done.
  for (const { name, output, state } of steps) {
    if (output === null) continue;
    expect(output).toMatch(`${name}-receipt-`);
    if (state === 'completed') expect(output).toBe(outside.there.get(key(name)));
  }
  // The job has heard each completed step once, in order, unless it was canceled meanwhile.
  const completed = steps.filter(({ output }) => output !== null).map(({ name, output }) => ({ step: name, output }));
  const heard = job.fields.heard;
  expect(completed.slice(0, heard.length)).toEqual(heard);
  if (job.state !== 'canceled') expect(heard).toEqual(completed);
  const names = orderSaga.steps.filter(({ compensated }) => compensated).map(({ name }) => name);
  switch (ended.state) {
    case 'succeeded':
      expect(job.state).toBe('delivered');
      expect(outside.done).toEqual(orderSaga.steps.map(({ name }) => name));
      expect(outside.undone).toEqual([]);
      break;
    case 'failed':
      expect(steps.some(({ undoAttempts }) => undoAttempts > 0)
        ? script.refused?.some((one) => one.startsWith('-')) : true).toBe(true);
      break;
    default:
      for (const name of names) expect(outside.there.has(key(name))).toBe(false);
  }
  if (ended.state !== 'succeeded') {
    expect(job.state).toBe(job.state === 'canceled' ? 'canceled' : 'failed');
    const order = [...names].reverse().filter((name) => outside.undone.includes(name));
    expect(outside.undone).toEqual(order);
    for (const name of names) {
      const couldNot = script.refused?.includes(`-${name}`) === true;
      if (!couldNot) expect(outside.there.has(key(name))).toBe(false);
    }
  }
}

/** Lends a store with nothing in it. */
export type OnStore = <T>(work: (store: Store) => Promise<T>) => Promise<T>;

/** A run of it, judged; what fails is told with its course. */
export function judged(
  onStore: OnStore,
  script: Script,
  mishaps: readonly Mishap[] = [],
  pace: Pace = {},
): Promise<SagaRun> {
  return onStore(async (store) => {
    const run = await runSaga(store, script, mishaps, pace);
    try {
      judge(run, script);
    } catch (error) {
      const course = JSON.stringify([mishaps, run.events.map(({ body }) => body)]);
      throw new Error(`a run that comes out wrong: ${course}`, { cause: error });
    }
    return run;
  });
}

/**
 * A crash of the first server, or a cancel, at each point that it comes past in a run without any. `lanes`: so many
 * runs at once. Returns how many ended in which state.
 */
export async function atEveryPoint(
  onStore: OnStore,
  script: Script,
  what: Mishap['what'],
  { lanes = 1, ...pace }: Pace & { readonly lanes?: number } = {},
): Promise<ReadonlyMap<string, number>> {
  const { points } = await judged(onStore, script, [], pace);
  const ends = new Map<string, number>();
  let at = 0;
  const lane = async (): Promise<void> => {
    while (at < points) {
      at += 1;
      const { saga: ended } = await judged(onStore, script, [{ at, what }], pace);
      ends.set(ended.state, (ends.get(ended.state) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return ends;
}

/** What may happen to so many servers, one after the other. */
export function someMishaps(random: SeededRandom, count: number): readonly Mishap[] {
  return Array.from({ length: count }, () => ({
    at: random.integer(1, 40), what: random.integer(0, 3) === 0 ? 'cancel' : 'crash',
  }));
}

/** Each step fails once before it is done. */
export const bumpy: Script = { faults: { take: 1, send: 1, write: 1, '-take': 1, '-send': 1 } };
export const failing: Script = { ...bumpy, refused: ['write'] };
export const stuck: Script = { refused: ['write', '-send'] };
