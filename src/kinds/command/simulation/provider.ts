import {
  assertGrace, assertWorkerId, assertWorkerSpec, ProviderFailure, type Provider, type WorkerHandle, type WorkerSpec,
  type WorkerStatus,
} from '../../../ports/provider.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Life } from '../../../testing/simulator/life.ts';
import { SimulatedAgent } from './agent.ts';
import type { Outside } from './outside.ts';

interface Made {
  readonly spec: WorkerSpec;
  readonly agent: SimulatedAgent;
  readonly createdAt: number;
  status: WorkerStatus;
  /** What `inspect` says until `statusAt`. */
  before: WorkerStatus;
  statusAt: number;
}

/** When a call has its effect, and when it is answered, in milliseconds from now; null: never. */
interface Course {
  readonly effect: number | null;
  readonly answer: number | null;
  readonly fails: boolean;
}

type Settle<T> = { resolve(value: T): void; reject(error: unknown): void };

/** As long as `AbortSignal.timeout` would let it hang. */
const hangsMs = 120_000;
const running: WorkerStatus = { state: 'running' };
const gone: WorkerStatus = { state: 'gone' };

/**
 * Infrastructure that keeps its contract and nothing more: calls are slow, fail, hang, and take effect late or without
 * an answer, even after a terminate; the reported status of a worker may be some seconds old.
 */
export class SimulatedProvider {
  readonly name: string;
  readonly #outside: Outside;
  readonly #random: SeededRandom;
  readonly #made = new Map<string, Made>();
  readonly #watches = new Map<Life, (workerId: string, status: WorkerStatus) => void>();

  constructor(name: string, outside: Outside) {
    this.name = name;
    this.#outside = outside;
    this.#random = outside.random;
  }

  /** Ids of those that there are, whatever their state. */
  get workers(): readonly string[] {
    return [...this.#made.keys()];
  }

  get agents(): readonly SimulatedAgent[] {
    return [...this.#made.values()].map(({ agent }) => agent).filter(({ alive }) => alive);
  }

  /** The worker dies by itself. */
  kill(workerId: string): void {
    this.#end(workerId, { exitCode: 137, outOfMemory: this.#random.chance(0.3) });
  }

  /** As one server reaches it. */
  of(life: Life): Provider {
    return {
      type: 'simulated',
      capabilities: { images: true, limits: true, gpu: false, networkModes: [] },
      serverHost: () => 'servers',
      provision: (spec, signal) => this.#provision(life, spec, signal),
      inspect: (workerId, signal) =>
        this.#call(life, signal, `inspects ${workerId}`, ({ resolve, reject }) => {
          if (this.#isFaulty(0.05)) return this.#later(life, 500, () => reject(failure('failed', true)));
          this.#later(life, this.#random.integer(5, 300), () => resolve(this.#seen(workerId)));
        }),
      terminate: (workerId, { graceMs }, signal) => {
        assertWorkerId(workerId);
        assertGrace(graceMs);
        return this.#call<void>(life, signal, `terminates ${workerId}`, (settle) =>
          this.#run(life, settle, () => this.#remove(workerId), () => {}));
      },
      list: (signal) =>
        this.#call<readonly WorkerHandle[]>(life, signal, 'lists', ({ resolve, reject }) => {
          if (this.#isFaulty(0.1)) return this.#later(life, 500, () => reject(failure('unreachable', true)));
          this.#later(life, 50, () => resolve([...this.#made.keys()].map((id) => this.#handle(id))));
        }),
      test: async () => ({ healthy: !this.#isFaulty(0.1), message: 'It was tested.', latencyMs: 1 }),
      watch: (onEnded) => {
        this.#watches.set(life, onEnded);
        for (const [workerId, { status }] of this.#made) if (status.state === 'exited') this.#tell(workerId, status);
        return { stop: async () => void this.#watches.delete(life) };
      },
      close: async () => {},
    };
  }

  #provision(life: Life, spec: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    assertWorkerSpec(spec);
    const { workerId } = spec;
    return this.#call<WorkerHandle>(life, signal, `provisions ${workerId}`, (settle) =>
      this.#run(life, settle, () => this.#make(spec), () => this.#handle(workerId)));
  }

  #call<T>(life: Life, signal: AbortSignal, what: string, begin: (settle: Settle<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#outside.note(`${life.name} ${what}`);
      this.#outside.point(life);
      if (life.dead) return;
      const abort = (): void => void (life.dead || reject(signal.reason));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      begin({ resolve, reject });
    });
  }

  #later(life: Life, ms: number, answer: () => void): void {
    this.#outside.agenda.after(ms, () => {
      if (life.dead) return;
      this.#outside.point(life);
      if (!life.dead) answer();
    });
  }

  #run<T>(life: Life, { resolve, reject }: Settle<T>, effect: () => void, answer: () => T): void {
    const course = this.#course();
    if (course.effect !== null) this.#outside.agenda.after(course.effect, effect);
    const isFinal = this.#random.chance(0.1);
    this.#later(life, course.answer ?? hangsMs, () => {
      if (course.answer === null) reject(new DOMException('It took too long.', 'TimeoutError'));
      else if (course.fails) reject(failure(course.effect === null ? 'failed' : 'unreachable', !isFinal));
      else resolve(answer());
    });
  }

  #course(): Course {
    const { integer } = this.#random;
    const soon = integer(20, 800);
    if (!this.#isFaulty(0.35)) return { effect: soon, answer: soon, fails: false };
    const late = integer(3_000, 50_000);
    switch (integer(0, 4)) {
      case 0:
        return { effect: late, answer: late, fails: false };
      case 1:
        return { effect: soon, answer: soon + integer(0, 10_000), fails: true };
      case 2:
        return { effect: late, answer: integer(500, 4_000), fails: true };
      case 3:
        return { effect: null, answer: soon, fails: true };
      default:
        return { effect: this.#random.chance(0.5) ? late : null, answer: null, fails: true };
    }
  }

  #isFaulty(probability: number): boolean {
    return this.#outside.isWild && this.#random.chance(probability);
  }

  #make(spec: WorkerSpec): void {
    const { workerId, agentEnvironment } = spec;
    if (this.#made.has(workerId)) return;
    this.#outside.note(`  ${workerId} is there`);
    const token = agentEnvironment['WAYBILL_AGENT_TOKEN'] ?? '';
    const agent = new SimulatedAgent(this.#outside, workerId, token, (exitCode) => this.#end(workerId, { exitCode }));
    const createdAt = this.#outside.clock.now();
    this.#made.set(workerId, { spec, agent, createdAt, status: running, before: gone, statusAt: createdAt });
    agent.boot();
  }

  #remove(workerId: string): void {
    const made = this.#made.get(workerId);
    if (made === undefined) return;
    this.#outside.note(`  ${workerId} is removed`);
    made.agent.kill();
    this.#made.delete(workerId);
    this.#tell(workerId, gone);
  }

  #end(workerId: string, how: { readonly exitCode: number; readonly outOfMemory?: boolean }): void {
    const made = this.#made.get(workerId);
    if (made === undefined || made.status.state === 'exited') return;
    this.#outside.note(`  ${workerId} exits with ${how.exitCode}`);
    made.agent.kill();
    made.before = made.status;
    made.statusAt = this.#outside.clock.now();
    made.status = { state: 'exited', signal: null, outOfMemory: false, reason: null, ...how };
    this.#tell(workerId, made.status);
  }

  /** As it is, or was a moment ago. */
  #seen(workerId: string): WorkerStatus {
    const made = this.#made.get(workerId);
    if (made === undefined) return gone;
    const isOld = this.#isFaulty(0.3) && this.#outside.clock.now() - made.statusAt < 5_000;
    return isOld ? made.before : made.status;
  }

  #handle(workerId: string): WorkerHandle {
    return { workerId, resourceId: `simulated-${workerId}`, createdAt: this.#made.get(workerId)?.createdAt ?? null };
  }

  /** At least once, to everybody who watches. */
  #tell(workerId: string, status: WorkerStatus): void {
    for (const [life, onEnded] of this.#watches) {
      const delays = [this.#random.integer(0, this.#isFaulty(0.3) ? 30_000 : 1_000)];
      if (this.#isFaulty(0.2)) delays.push(this.#random.integer(0, 60_000));
      for (const ms of delays) this.#later(life, ms, () => onEnded(workerId, status));
    }
  }
}

function failure(code: 'failed' | 'unreachable', retryable: boolean): ProviderFailure {
  return new ProviderFailure(code, 'The simulation has made it up.', { retryable });
}
