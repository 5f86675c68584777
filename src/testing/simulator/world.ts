import type { LedgerEntry } from '../../domain/account/account.ts';
import type { Result } from '../../domain/errors.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Ids, Logger } from '../../ports/world.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createFakeIds } from '../fake-ids.ts';
import { createMemoryObjects } from '../memory-objects.ts';
import { createSeededRandom } from '../seeded-random.ts';
import type { Ask, Asked, Evidence, Scene } from './ask.ts';
import { Auditor } from './auditor.ts';
import { callFate, describeCall, SimulatedFailure, type Fate } from './fate.ts';
import { Gate, type Call } from './gate.ts';
import { shown, Violation } from './invariant.ts';
import type { KindModel } from './kind-model.ts';
import type { StoreClock } from '../../services/store-clock.ts';
import { JumpingClocks, timeServices } from './jumping-clock.ts';
import type { KindParts } from '../../services/kind-runtime.ts';
import { startServer, type Server } from './server.ts';
import { rest } from './rest.ts';
import type { SimulatedStore } from './simulated-store.ts';
import { maxSkewMs } from './simulated-time.ts';
import { Tally } from './tally.ts';
import { Truth } from './truth.ts';

interface Pending extends Omit<Asked, 'to'> {
  readonly ask: Ask;
  readonly server: string;
  answer: { readonly result: Result<unknown> } | { readonly error: unknown } | null;
}

export const settings = {
  publicUrl: 'http://simulated',
  uploadTimeLimitMs: 3_600_000,
  executionTimeLimitMs: 7_200_000,
  resultUrlSeconds: 600,
  verifyUploads: false,
  maxUploadBytes: 50 * 2 ** 20,
  keepWithObjectsMs: null,
  objectRetention: { results: null, inputs: null, discarded: null },
  maxDeliveries: 3,
  maxLostDeliveries: 2,
  batchConcurrency: 4,
  typesPerOwner: null,
};

const silent = (): void => {};
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };

/** Clocks are looked at every few seconds. */
function partsOf(ms: number): number[] {
  const parts = [Math.min(ms, 1_000)];
  for (const most of [6_000, 10_000, 14_000]) parts.push(Math.min(most, ms - parts.reduce((a, b) => a + b)));
  parts.push(ms - parts.reduce((a, b) => a + b));
  return parts.filter((part) => part > 0);
}

/** What sort of request it is, for counting and for telling findings apart. */
function sort({ label }: Ask): string {
  return label.split(' ', 1)[0] ?? label;
}

/** Servers over one store, those who ask them, and the time: moved by nothing but the methods below. */
export class World implements Scene, Evidence {
  readonly #seed: number;
  #boots = 0;
  readonly clock: FakeClock = createFakeClock();
  readonly truth = new Truth();
  readonly auditor: Auditor;
  readonly tally: Tally;
  /** One line for everything that was done. */
  readonly trace: string[] = [];
  readonly users: readonly string[];
  readonly serverNames: readonly string[];
  readonly #simulated: SimulatedStore;
  readonly #gate = new Gate();
  readonly #kinds: readonly KindParts[];
  readonly #servers = new Map<string, Server>();
  readonly #ids: Ids;
  readonly #objects: ObjectStore;
  readonly #random: () => number;
  readonly #clocks: JumpingClocks | null;
  readonly #storeClocks = new Map<string, StoreClock>();
  #pending: Pending[] = [];
  #asks = 0;
  #tick = 0;

  constructor(options: {
    readonly seed: number;
    readonly store: SimulatedStore;
    readonly kinds: readonly KindParts[];
    readonly models: readonly KindModel[];
    readonly servers: readonly string[];
    readonly users: readonly string[];
    readonly tally: Tally;
    readonly jumps: boolean;
  }) {
    this.#simulated = options.store;
    this.#seed = options.seed;
    this.users = options.users;
    this.#kinds = options.kinds;
    this.tally = options.tally;
    this.#ids = createFakeIds(this.clock, options.seed);
    this.#objects = createMemoryObjects(this.clock);
    this.#random = createSeededRandom(options.seed).next;
    this.#clocks = options.jumps ? new JumpingClocks(this.clock, options.servers.length > 1) : null;
    const { models, store, tally } = options;
    const [real, clocks] = [this.clock, this.#clocks];
    this.auditor = new Auditor({ models, simulated: store, truth: this.truth, tally, real, clocks });
    this.serverNames = options.servers;
  }

  async start(): Promise<void> {
    for (const name of this.serverNames) await this.#boot(name);
  }

  get calls(): readonly Call[] {
    return this.#gate.waiting;
  }

  /** How many requests wait for their answer. */
  get pending(): number {
    return this.#pending.length;
  }

  /** What is in the outbox and in the queues still. */
  unsaid(): string[] {
    const { outbox, queue } = this.#simulated.inside;
    const queued = queue().filter(({ isGone }) => !isGone);
    return [...outbox(), ...queued].map(({ jobId }) => jobId);
  }

  eventsOf(correlationId: string): readonly RecordedEvent[] {
    return this.auditor.eventsOf(correlationId);
  }

  ledger(accountId: string): readonly LedgerEntry[] {
    return this.auditor.ledger(accountId);
  }

  /** Sends a request; it waits, as everything does, at the store. */
  async ask(ask: Ask, serverName: string): Promise<void> {
    const server = this.#servers.get(serverName);
    if (server === undefined) throw new RangeError(`no server ${serverName}`);
    this.#asks += 1;
    const correlationId = `ask-${this.#asks}`;
    const context = { caller: { userId: ask.userId, roles: [ask.role ?? 'user'] }, correlationId, traceparent: null };
    const pending: Pending = { ask, server: serverName, correlationId, from: this.#tick, answer: null };
    this.#pending.push(pending);
    this.#note(`${serverName} is asked by ${ask.userId} to ${ask.label} (${correlationId})`);
    ask.send(server, context).then(
      (result) => (pending.answer = { result }),
      (error: unknown) => (pending.answer = { error }),
    );
    await rest();
    this.#judge();
  }

  /** Lets a call through to the store, or has it fail. */
  async release(call: Call, fate: Fate = 'performed'): Promise<void> {
    this.#tick += 1;
    this.#gate.take(call);
    this.#note(`${call.server} ${describeCall(call)}${fate === 'performed' ? '' : ` ${fate}`}`);
    if (fate !== 'performed') this.tally.count(`fault: ${fate}`);
    await callFate(call, fate, (result) => this.auditor.afterCall(call, result, this.#tick));
    await rest();
    this.#judge();
  }

  async advance(ms: number): Promise<void> {
    this.#note(`${ms / 1000} s pass`);
    for (const part of this.#clocks === null ? [ms] : partsOf(ms)) {
      this.clock.advance(part);
      for (const clock of this.#storeClocks.values()) await clock.watch();
      for (const server of this.#servers.values()) server.tick();
      await rest();
    }
  }

  /** Sets a server's clock, or the database's, so far ahead of the real time. */
  async jump(whose: string | null, aheadMs: number): Promise<void> {
    this.#note(`the clock of ${whose ?? 'the database'} is ${aheadMs / 1000} s ahead`);
    this.tally.count('clock was set');
    this.#clocks?.set(whose, aheadMs);
    await rest();
  }

  /** Until the servers have followed. */
  async setClocksRight(): Promise<void> {
    if (this.#clocks === null) return;
    this.#note('all clocks are right');
    this.#clocks.setRight();
    await this.advance(120_000);
  }

  /** Kills a server with all that it has under way, and starts it again. */
  async restart(name: string): Promise<void> {
    this.#note(`${name} dies and is started again`);
    this.tally.count('server died');
    this.#gate.drop(name);
    const lost = this.#pending.filter(({ server }) => server === name);
    this.#pending = this.#pending.filter(({ server }) => server !== name);
    for (const pending of lost) this.#judgeUnknown(pending);
    await this.#boot(name);
    await rest();
  }

  async #boot(name: string): Promise<void> {
    const opened = this.#simulated.open();
    const store = this.#gate.wrap(opened, name);
    const own = { objects: this.#objects, ids: this.#ids, random: this.#random, kinds: this.#kinds };
    const base = { ...own, logger, settings, store };
    if (this.#clocks !== null) {
      const clock = await this.#clocks.start(name, opened.keptTime, logger);
      this.#storeClocks.set(name, clock);
      await clock.watch();
      const parts = { ...base, clock, timer: this.clock, services: timeServices };
      this.#servers.set(name, startServer(name, parts));
      return;
    }
    // Servers' clocks are never quite the same, and each start measures anew.
    const skewMs = createSeededRandom(this.#seed * 1_000 + this.#boots++).integer(-maxSkewMs, maxSkewMs);
    const clock: FakeClock = { ...this.clock, now: () => this.clock.now() + skewMs };
    this.#servers.set(name, startServer(name, { ...base, clock, timer: clock }));
  }

  #judge(): void {
    const answered = this.#pending.filter(({ answer }) => answer !== null);
    this.#pending = this.#pending.filter(({ answer }) => answer === null);
    for (const pending of answered) {
      const { ask, answer, correlationId } = pending;
      if (answer === null) continue;
      if ('error' in answer) {
        this.#note(`  ${correlationId} fails: ${String(answer.error)}`);
        if (!(answer.error instanceof Error && SimulatedFailure.caused(answer.error))) {
          throw new Violation('an answer is never an unexpected error', `${ask.label}: ${String(answer.error)}`);
        }
        this.#judgeUnknown(pending);
        continue;
      }
      const { result } = answer;
      this.#note(`  ${correlationId} is told ${result.ok ? shown(result.value) : result.refusal.code}`);
      this.tally.count(`${sort(ask)}: ${result.ok ? 'done' : result.refusal.code}`);
      if (!result.ok && result.refusal.code === 'unavailable') throw new Violation('nobody is turned away', ask.label);
      const wrong = ask.judge(result, { ...pending, to: this.#tick }, this);
      if (wrong !== null) throw new Violation(`the answer to ${sort(ask)} is true`, `${ask.label}: ${wrong}`);
    }
  }

  #judgeUnknown(pending: Pending): void {
    const { ask } = pending;
    this.tally.count(`${sort(ask)}: nobody knows`);
    const wrong = ask.judgeUnknown({ ...pending, to: this.#tick }, this);
    if (wrong !== null) throw new Violation(`${sort(ask)} is done once at most`, `${ask.label}: ${wrong}`);
  }

  #note(line: string): void {
    this.trace.push(`${String(this.#tick).padStart(4)}  ${line}`);
  }
}
