import type { Commit, CommitResult } from '../../ports/store/commit.ts';
import type { ClaimedJob } from '../../ports/store/work-store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import type { StoreClock } from '../../services/store-clock.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createFakeIds } from '../fake-ids.ts';
import { createMemoryObjects } from '../memory-objects.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { Agenda } from './agenda.ts';
import { callFate, describeCall, type Fate } from './fate.ts';
import { Gate, type Call } from './gate.ts';
import type { JobAudit } from './job-audit.ts';
import { timeServices, JumpingClocks } from './jumping-clock.ts';
import type { Life } from './life.ts';
import { rest } from './rest.ts';
import { startServer, type ServerParts } from './server.ts';
import type { SimulatedStore } from './simulated-store.ts';
import { maxSkewMs } from './simulated-time.ts';
import type { Tally } from './tally.ts';
import { settings } from './world.ts';

const silent = (): void => {};
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };
/** Calls that change what is stored: each is an await at which a server may die. */
const writes = new Set(['commit', 'work.claim', 'work.renew', 'logs.append', 'outbox.claim', 'outbox.done']);

export interface LivesOptions {
  readonly seed: number;
  readonly store: SimulatedStore;
  readonly servers: number;
  readonly tally: Tally;
  /** The first server dies at its n-th await, from 1; null: it does not. */
  readonly crashAt: number | null;
  /** Whether clocks may be set to wrong times. */
  readonly jumps?: boolean;
}

/** Servers on one store that die and are started again, with what is around them, and the time. */
export abstract class Lives {
  readonly clock: FakeClock = createFakeClock();
  readonly random: SeededRandom;
  readonly agenda = new Agenda(this.clock);
  readonly trace: string[] = [];
  readonly tally: Tally;
  /** By slot: null while it is down. */
  readonly lives: (Life | null)[];
  isWild = true;
  /** Whether the store mostly does not answer. */
  isOut = false;
  /** What would have ended a process: an unhandled rejection. */
  fatal: unknown = null;
  /** How many awaits the first life has come past. */
  points = 0;
  protected readonly objects = createMemoryObjects(this.clock);
  readonly #options: LivesOptions;
  readonly #what: string;
  readonly #gate = new Gate();
  readonly #ids;
  readonly #clocks: JumpingClocks | null;
  /** By slot. */
  readonly #storeClocks = new Map<number, StoreClock>();
  #boots = 0;
  #firstLife: Life | null = null;
  #isBooted = false;

  /** @param what is played, for tallies */
  constructor(options: LivesOptions, what: string) {
    this.#options = options;
    this.#what = what;
    this.tally = options.tally;
    this.random = createSeededRandom(options.seed);
    this.#ids = createFakeIds(this.clock, options.seed);
    this.lives = Array.from({ length: options.servers }, () => null);
    this.#clocks = options.jumps === true ? new JumpingClocks(this.clock, options.servers > 1) : null;
  }

  /** What a server has beside store, time and chance. */
  protected abstract partsOf(life: Life): Pick<ServerParts, 'kinds'> & Partial<ServerParts>;

  abstract readonly audit: JobAudit<string>;

  /** Once everything is there that the servers need. */
  protected bootAll(): void {
    for (const slot of this.lives.keys()) this.#boot(slot);
    this.#firstLife = this.lives[0] ?? null;
  }

  get calls(): readonly Call[] {
    return this.#gate.waiting;
  }

  newId(): string {
    return this.#ids.uuid();
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

  /** One of the awaits at which a server may die. */
  point(life: Life): void {
    if (!this.#isBooted || life !== this.#firstLife || life.dead) return;
    this.points += 1;
    if (this.points === this.#options.crashAt) this.crash(0, 2_000);
  }

  #boot(slot: number): void {
    const name = `server-${slot}.${this.#boots++}`;
    const opened = this.#options.store.open();
    const start = (clock: Clock, timer: FakeClock, more: Pick<ServerParts, 'services'> = {}): void => {
      const life = { name, dead: false } as Life & { server: Life['server'] };
      life.server = startServer(name, {
        store: this.#gate.wrap(opened, name), objects: this.objects, clock, timer, ids: this.#ids, logger, settings,
        random: () => this.random.next(), ...more, ...this.partsOf(life),
      });
      this.lives[slot] = life;
    };
    if (this.#clocks === null) {
      const skewMs = this.random.integer(-maxSkewMs, maxSkewMs);
      const clock: FakeClock = { ...this.clock, now: () => this.clock.now() + skewMs };
      return start(clock, clock);
    }
    // Each machine has a clock, whatever server runs on it.
    void this.#clocks.start(`server-${slot}`, opened.keptTime, logger).then(async (clock) => {
      await clock.watch();
      this.#storeClocks.set(slot, clock);
      start(clock, this.clock, { services: timeServices });
    }).catch((error: unknown) => void (this.fatal ??= error));
  }

  /** Sets the clock of a machine, or the database's, so far ahead of the real time. */
  jump(slot: number | null, aheadMs: number): void {
    this.note(`the clock of ${slot === null ? 'the database' : `server-${slot}`} is ${aheadMs / 1000} s ahead`);
    this.tally.count(`${this.#what}: clock was set`);
    this.#clocks?.set(slot === null ? null : `server-${slot}`, aheadMs);
  }

  /** Kills a server; another one takes its place after a while. */
  crash(slot: number, downMs: number): void {
    const life = this.lives[slot];
    if (life == null) return;
    this.note(`${life.name} dies`);
    this.tally.count(`${this.#what}: server died`);
    life.dead = true;
    this.lives[slot] = null;
    this.#gate.drop(life.name);
    this.agenda.after(downMs, () => this.#boot(slot));
  }

  async release(call: Call, fate: Fate = 'performed'): Promise<void> {
    this.#gate.take(call);
    const life = this.lives.find((one) => one?.name === call.server);
    if (life == null) return;
    const isWrite = writes.has(call.name);
    if (isWrite) this.point(life);
    if (life.dead) return;
    if (call.name === 'commit') this.note(`${call.server} ${describeCall(call)} ${fate}`);
    if (fate !== 'performed') this.tally.count(`${this.#what}: ${fate}`);
    await callFate(isWrite ? this.#untilDead(call, life) : call, fate, (result) => this.#look(call, result));
    await rest();
  }

  /** Checks what was performed. */
  async #look({ name, args }: Call, result: unknown): Promise<void> {
    if (name === 'commit' && (result as CommitResult).ok) await this.audit.afterCommit(args[0] as Commit);
    if (name === 'work.claim') await this.audit.afterClaim(result as readonly ClaimedJob[]);
  }

  /** From now on nothing fails. */
  calmDown(): void {
    this.note('nothing fails any more');
    [this.isWild, this.isOut] = [false, false];
    this.#clocks?.setRight();
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

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    this.agenda.runDue();
    for (const clock of this.#storeClocks.values()) await clock.watch();
    for (const life of this.lives) life?.server.tick();
    await rest();
  }
}
