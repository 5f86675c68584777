import { gunzipSync, gzipSync } from 'node:zlib';
import type { FleetParts } from '../../../ports/fleet.ts';
import type { Gzip } from '../../../ports/gzip.ts';
import type { Commit, CommitResult } from '../../../ports/store/commit.ts';
import type { Logger } from '../../../ports/world.ts';
import type { KindParts } from '../../../services/kind-runtime.ts';
import { createFakeClock, type FakeClock } from '../../../testing/fake-clock.ts';
import { createFakeIds } from '../../../testing/fake-ids.ts';
import { createMemoryObjects } from '../../../testing/memory-objects.ts';
import { createSeededRandom, type SeededRandom } from '../../../testing/seeded-random.ts';
import { callFate, describeCall, type Fate } from '../../../testing/simulator/fate.ts';
import { Gate, type Call } from '../../../testing/simulator/gate.ts';
import { rest } from '../../../testing/simulator/rest.ts';
import { startServer } from '../../../testing/simulator/server.ts';
import type { SimulatedStore } from '../../../testing/simulator/simulated-store.ts';
import { maxSkewMs } from '../../../testing/simulator/simulated-time.ts';
import type { Tally } from '../../../testing/simulator/tally.ts';
import { settings } from '../../../testing/simulator/world.ts';
import { Agenda } from './agenda.ts';
import { Audit } from './audit.ts';
import type { Life } from './life.ts';
import type { Outside } from './outside.ts';
import { SimulatedProvider } from './provider.ts';
import { RunBook } from './run-book.ts';

const silent = (): void => {};
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };
const gzip: Gzip = {
  pack: async (bytes) => gzipSync(bytes),
  unpack: async (bytes, maxOutputLength, read) => read(gunzipSync(bytes, { maxOutputLength })),
};
/** Calls that change what is stored: each is an await at which a server may die. */
const writes = new Set(['commit', 'work.claim', 'work.renew', 'logs.append', 'outbox.claim', 'outbox.done']);
const fleetSettings: FleetParts['settings'] = {
  registerWithinMs: 30_000, leaseMs: 20_000, heartbeatMs: 5_000, sweepMs: 15_000, defaultTimeoutMs: 60_000,
  maxTimeoutMs: 3_600_000, uploadStallMs: 60_000, uploadWithinMs: 600_000, keepWorkersMs: 604_800_000,
  workerLifetimeMs: 7_200_000,
};

export interface WorldOptions {
  readonly seed: number;
  readonly store: SimulatedStore;
  /** Of command jobs. */
  readonly parts: KindParts;
  readonly servers: number;
  readonly tally: Tally;
  /** The first server dies at its n-th await, from 1; null: it does not. */
  readonly crashAt: number | null;
}

/** Servers that run command jobs on one store, providers, agents and the time. */
export class CommandWorld implements Outside {
  readonly clock: FakeClock = createFakeClock();
  readonly random: SeededRandom;
  readonly agenda = new Agenda(this.clock);
  readonly audit: Audit;
  readonly book: RunBook;
  readonly leaseMs = fleetSettings.leaseMs;
  readonly trace: string[] = [];
  readonly tally: Tally;
  readonly providers: readonly SimulatedProvider[];
  /** By slot: null while it is down. */
  readonly lives: (Life | null)[];
  isWild = true;
  /** Whether the store mostly does not answer. */
  isOut = false;
  /** What would have ended a process: an unhandled rejection. */
  fatal: unknown = null;
  /** How many awaits the first life has come past. */
  points = 0;
  readonly #options: WorldOptions;
  readonly #gate = new Gate();
  readonly #objects = createMemoryObjects(this.clock);
  readonly #ids;
  #boots = 0;
  #firstLife: Life | null = null;
  #isBooted = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.tally = options.tally;
    this.random = createSeededRandom(options.seed);
    this.#ids = createFakeIds(this.clock, options.seed);
    this.audit = new Audit(options.store.open());
    this.book = new RunBook(this.audit.mayRunBeside);
    this.providers = ['north', 'south'].map((name) => new SimulatedProvider(name, this));
    this.lives = Array.from({ length: options.servers }, () => null);
    for (const slot of this.lives.keys()) this.boot(slot);
    this.#firstLife = this.lives[0] ?? null;
  }

  get calls(): readonly Call[] {
    return this.#gate.waiting;
  }

  note(line: string): void {
    this.trace.push(`${String(this.clock.now() % 100_000_000).padStart(9)}  ${line}`);
  }

  /** From here on the awaits of the first life count. */
  begin(): void {
    this.#isBooted = true;
  }

  anyLife(): Life | null {
    const lives = this.lives.filter((life) => life !== null);
    return lives.length === 0 ? null : this.random.pick(lives);
  }

  point(life: Life): void {
    if (!this.#isBooted || life !== this.#firstLife || life.dead) return;
    this.points += 1;
    if (this.points === this.#options.crashAt) this.crash(0, 2_000);
  }

  boot(slot: number): void {
    const name = `server-${slot}.${this.#boots++}`;
    const skewMs = this.random.integer(-maxSkewMs, maxSkewMs);
    const clock: FakeClock = { ...this.clock, now: () => this.clock.now() + skewMs };
    const life = { name, dead: false } as Life & { server: Life['server'] };
    const fleet: FleetParts = {
      providerTypes: [{
        name: 'simulated', problems: () => null,
        make: async ({ config }) => this.providers.find(({ name: one }) => one === config['name'])!.of(life),
      }],
      agentServers: () => 'servers:50051', key: new Uint8Array(32).fill(7), settings: fleetSettings,
      agentTlsCa: null,
    };
    life.server = startServer(name, {
      kinds: [this.#options.parts], store: this.#gate.wrap(this.#options.store.open(), name), objects: this.#objects,
      clock, timer: clock, ids: this.#ids, logger, settings, random: () => this.random.next(), fleet, gzip,
    });
    this.lives[slot] = life;
  }

  /** Kills a server; another one takes its place after a while. */
  crash(slot: number, downMs: number): void {
    const life = this.lives[slot];
    if (life == null) return;
    this.note(`${life.name} dies`);
    this.tally.count('command: server died');
    life.dead = true;
    this.lives[slot] = null;
    this.#gate.drop(life.name);
    this.agenda.after(downMs, () => this.boot(slot));
  }

  async release(call: Call, fate: Fate = 'performed'): Promise<void> {
    this.#gate.take(call);
    const life = this.lives.find((one) => one?.name === call.server);
    if (life == null) return;
    const isWrite = writes.has(call.name);
    if (isWrite) this.point(life);
    if (life.dead) return;
    if (call.name === 'commit') this.note(`${call.server} ${describeCall(call)} ${fate}`);
    if (fate !== 'performed') this.tally.count(`command: ${fate}`);
    await callFate(isWrite ? this.#untilDead(call, life) : call, fate, (result) => this.#look(call, result));
    await rest();
  }

  /** What is performed may kill its server before it hears of it. */
  #untilDead(call: Call, life: Life): Call {
    return {
      ...call,
      resolve: (value) => {
        this.point(life);
        if (!life.dead) call.resolve(value);
      },
    };
  }

  async #look({ name, args }: Call, result: unknown): Promise<void> {
    if (name === 'commit' && (result as CommitResult).ok) await this.audit.afterCommit(args[0] as Commit);
    if (name === 'work.claim') await this.audit.afterClaim(result as Parameters<Audit['afterClaim']>[0]);
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    this.agenda.runDue();
    for (const life of this.lives) life?.server.tick();
    await rest();
  }
}
