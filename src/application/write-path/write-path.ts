import { plans, type PlanTable } from '../../domain/account/plans.ts';
import { refuse, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import { CommitAborted, type Commit, type CommitResult } from '../../ports/store/commit.ts';
import type { CommitStore } from '../../ports/store/store.ts';
import type { Tracer } from '../../domain/trace.ts';
import type { Clock } from '../../ports/world.ts';
import { Batch } from './batch.ts';
import { Draft } from './draft.ts';
import { CommandQueue } from './command-queue.ts';
import { inTurn } from '../in-turn.ts';
import { NotLoaded, ref, type Ref } from './refs.ts';
import { Sends } from './sends.ts';
import { AggregateCache } from './aggregate-cache.ts';
import { Snapshot } from './snapshot.ts';

/** One command as a pure function of what is stored. It may be run again: it must not do anything else. */
export interface Operation<T> {
  readonly actor: string;
  readonly correlationId: string;
  /** What is known to be needed; whatever else the decision reads is loaded when it asks for it. */
  readonly reads: readonly Ref[];
  /** The approximate size of large JSON to be stored; absent: hardly any. */
  readonly bytes?: number;
  decide(draft: Draft): Result<T>;
  /** Told of what it is about to change, to which it may add. */
  readonly audit?: { tell(draft: Draft): void } | undefined;
}

export interface WritePathOptions {
  readonly store: CommitStore;
  readonly clock: Clock;
  /** The limits of plans as they are now; those that ship if absent. */
  readonly plans?: { readonly table: PlanTable };
  /** Commands of one commit, at most; fewer when there is much to be stored of each. */
  readonly maxBatch?: number;
  /** Commands that may wait for the commits before them; more are refused as `unavailable`. */
  readonly maxWaiting?: number;
  /** Aggregates kept in memory, at most. */
  readonly cacheSize?: number;
  /** When a batch begins that somebody waits for; default: in a later turn of the event loop. */
  readonly begin?: (start: () => void) => unknown;
  /** Where it is absent, nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Called after each commit, with what it stored. Must not throw. */
  readonly onStored?: (commit: Commit) => void;
  /** Called after each commit. Must not throw. */
  readonly onCommit?: (commands: number, seconds: number) => void;
}

/** What became of a command. The last one: its decision threw, or it is not known whether it was stored. */
export type Outcome<T> = Result<T> | { readonly ok: false; readonly refusal: null; readonly fault: unknown };

interface Waiting {
  readonly operation: Operation<unknown>;
  readonly answer: (outcome: Outcome<unknown>) => void;
}

interface Round {
  readonly waiting: readonly Waiting[];
  /** In their order. */
  readonly outcomes: readonly Outcome<unknown>[];
  /** Of those commands that read what no commit checks: what they read. */
  readonly loose: readonly LooseReads[];
  readonly batch: Batch;
  readonly sends: Sends | undefined;
}

interface LooseReads {
  /** What the commit checks: changed by the command, or by one before it in the batch. */
  readonly checked: readonly Ref[];
  readonly unchecked: readonly Ref[];
}

/**
 * It is unknown whether the commit was stored. Deciding its commands again could, for example, make a grant twice: the
 * client has to check, or repeat the request with the same Idempotency-Key.
 */
class CommitBroken extends Error {}

/**
 * How many commands must wait before a commit begins in parallel with another, and up to how many are divided among
 * parallel commits, so that one is decided while the store works on another: more than that make whole batches for all.
 * Measured on PostgreSQL: with up to 128 divided, 800 that wait for each other's hundreds are stored one batch at a
 * time, at three quarters of the rate.
 */
const [leastBeside, mostShared] = [32, 512];

/** Of large JSON in one commit, about; and so little that the next one may begin in the same turn of the event loop. */
const [batchBytes, lightBytes] = [524_288, 65_536];

/** A batch that loses this many races in a row is run command by command; a command alone is `unavailable`. */
const maxConflicts = 100;

/**
 * The one write path. Commands that arrive during a commit go into the next one, so that one durable write serves all
 * of them; there is no timer. A batch begins in the next turn of the event loop, when the requests that had come in by
 * then have all been read: begun at once, it would have the first of them alone. In a batch, each command sees the
 * changes of those before it, and a refused command leaves no trace. The next batch begins as soon as the store shows
 * the previous one, whether or not that is durable yet; no command is answered before its commit is durable. A store
 * that supports several commits at once gets them, for commands that name different things.
 *
 * Aggregates are cached between batches. What a command both read and changed is checked by its commit, which names the
 * versions that the decision was based on: a stale cache entry causes a conflict, is dropped, loaded again and decided
 * again. What a command only read (everything, for a refusal) is checked by no commit. It must therefore have been
 * loaded for this very batch, by one load that reads a single moment: the answer was true at that moment.
 */
export class WritePath {
  readonly #options: Required<Omit<WritePathOptions, 'plans' | 'tracer' | 'onStored' | 'onCommit'>> & WritePathOptions;
  readonly #cache: AggregateCache;
  readonly #commands: CommandQueue<Waiting>;
  readonly #underWay = new Set<Promise<void>>();
  #starting: Promise<void> | null = null;
  #storing = 0;

  constructor(options: WritePathOptions) {
    this.#options = { maxBatch: 256, maxWaiting: 20_000, cacheSize: 4_000, begin: inTurn, ...options };
    this.#cache = new AggregateCache(this.#options.cacheSize);
    this.#commands = new CommandQueue(({ operation }) => operation.reads, ({ operation }) => operation.bytes ?? 0);
  }

  /** Resolves once what the command changed is durable, or with its refusal. */
  run<T>(operation: Operation<T>): Promise<Result<T>> {
    return new Promise((resolve, reject) => {
      this.#ask(operation, (outcome) => {
        if (outcome.ok || outcome.refusal !== null) resolve(outcome as Result<T>);
        else reject(outcome.fault);
      });
    });
  }

  /** Each by itself, as `run` does; resolves once all are answered, in their order. */
  runAll<T>(operations: readonly Operation<T>[]): Promise<readonly Outcome<T>[]> {
    return new Promise((resolve) => {
      const outcomes = new Array<Outcome<T>>(operations.length);
      let left = operations.length;
      if (left === 0) resolve(outcomes);
      operations.forEach((operation, index) => {
        this.#ask(operation, (outcome) => {
          outcomes[index] = outcome as Outcome<T>;
          left -= 1;
          if (left === 0) resolve(outcomes);
        });
      });
    });
  }

  #ask(operation: Operation<unknown>, answer: Waiting['answer']): void {
    if (this.#commands.length >= this.#options.maxWaiting) {
      return answer(refuse('unavailable', 'Too many requests are waiting: try again in a second.'));
    }
    this.#commands.push({ operation, answer });
    this.#startSoon();
  }

  /** Jobs as the store has just handed them out, so that what is next decided on them needs no look. */
  learn(jobs: readonly Job[]): void {
    for (const job of jobs) this.#cache.set(ref.job(job.id), job);
  }

  /** Resolves when nothing is waiting or under way. */
  async drain(): Promise<void> {
    while (this.#starting !== null || this.#underWay.size > 0) await Promise.all([this.#starting, ...this.#underWay]);
  }

  /** What arrives until then belongs to the same batch. */
  #startSoon(): void {
    this.#starting ??= new Promise((resolve) => {
      this.#options.begin(() => {
        this.#starting = null;
        this.#start();
        resolve();
      });
    });
  }

  #start(): void {
    const { commitsAtOnce = 1 } = this.#options.store;
    while (this.#storing < commitsAtOnce && this.#commands.length > 0) {
      const waiting = this.#commands.length;
      const isFew = waiting <= mostShared;
      const isWorthOne = waiting >= Math.min(isFew ? leastBeside : Infinity, this.#options.maxBatch);
      if (this.#storing > 0 && !isWorthOne) return;
      const share = isFew ? Math.max(leastBeside, Math.ceil(waiting / (commitsAtOnce - this.#storing))) : waiting;
      const batch = this.#commands.take(Math.min(this.#options.maxBatch, share), batchBytes);
      if (batch.items.length === 0) return;
      this.#storing += 1;
      const stored = (): void => {
        this.#storing -= 1;
        batch.release();
        // Enough have come already: the store is not to wait until whoever is answered has said what is next.
        if (this.#commands.length >= leastBeside && batch.bytes <= lightBytes) queueMicrotask(() => this.#start());
        else this.#startSoon();
      };
      const running: Promise<void> = this.#run(batch.items, stored).finally(() => this.#underWay.delete(running));
      this.#underWay.add(running);
    }
  }

  /** `stored` is called as soon as the next batch may begin. Resolves once every command is answered. */
  async #run(batch: readonly Waiting[], stored: () => void): Promise<void> {
    let answer: (() => Promise<void>) | null = null;
    try {
      answer = await this.#processOrRecover(batch);
    } finally {
      stored();
    }
    await answer();
  }

  async #processOrRecover(batch: readonly Waiting[]): Promise<() => Promise<void>> {
    try {
      return await this.#process(batch);
    } catch (error) {
      this.#cache.clear();
      if (batch.length === 1 || error instanceof CommitBroken) {
        const reason = error instanceof CommitBroken ? error.cause : error;
        for (const { answer } of batch) answer(fault(reason));
        return nobodyWaits;
      }
      // Each command alone, so that only the culprit pays.
      for (const waiting of batch) await (await this.#processOrRecover([waiting]))();
      return nobodyWaits;
    }
  }

  /** Resolves once the batch is stored, with what answers its commands once it is durable. */
  async #process(batch: readonly Waiting[]): Promise<() => Promise<void>> {
    for (let attempt = 0; attempt < maxConflicts; attempt++) {
      const snapshot = new Snapshot(this.#cache, this.#options.store);
      const round = await this.#decide(batch, snapshot);
      const { conflicts, durable } = await this.#commit(round, snapshot);
      if (conflicts === null) {
        snapshot.remember(round.batch);
        return () => this.#answer(round, durable);
      }
      for (const name of conflicts) this.#cache.delete(name);
    }
    if (batch.length > 1) throw new Error('the batch lost every race');
    const refused = refuse('unavailable', 'Too many concurrent changes to the same data: try again.');
    for (const { answer } of batch) answer(refused);
    return nobodyWaits;
  }

  async #answer({ waiting, outcomes, sends }: Round, durable: Promise<void> | undefined): Promise<void> {
    try {
      await durable;
    } catch (error) {
      this.#cache.clear();
      for (const { answer } of waiting) answer(fault(error));
      return;
    }
    sends?.end();
    waiting.forEach(({ answer }, index) => answer(outcomes[index]!));
  }

  /** Decides every command, loading what they turn out to need until nothing is missing. */
  async #decide(waiting: readonly Waiting[], snapshot: Snapshot): Promise<Round> {
    const named = new Set<Ref>();
    for (const { operation } of waiting) snapshot.addUnknown(operation.reads, named);
    await snapshot.load(named);
    for (;;) {
      const missing = new Set<Ref>();
      const round = this.#attempt(waiting, snapshot, missing);
      // All in one load: separate loads would read different moments.
      if (round.loose.some((one) => isTorn(one, snapshot))) {
        for (const { unchecked } of round.loose) for (const name of unchecked) missing.add(name);
      }
      if (missing.size === 0) return round;
      await snapshot.load(missing);
    }
  }

  #attempt(waiting: readonly Waiting[], snapshot: Snapshot, missing: Set<Ref>): Round {
    const { store: { holdsAccounts }, clock, tracer } = this.#options;
    const batch = new Batch();
    const outcomes: Outcome<unknown>[] = [];
    const loose: LooseReads[] = [];
    const sends = tracer === undefined ? undefined : new Sends(tracer);
    const context = { now: clock.now(), holdsAccounts, plans: this.#options.plans?.table ?? plans, sends };
    const draft = new Draft(batch, (name) => snapshot.get(name), context);
    for (const { operation } of waiting) {
      draft.begin(operation);
      const outcome = decided(operation, draft);
      if (outcome.ok) {
        sends?.accept(batch.events.recent);
        batch.keep();
      } else batch.undo();
      outcomes.push(outcome);
      if (!outcome.ok && outcome.refusal === null && outcome.fault instanceof NotLoaded) missing.add(outcome.fault.ref);
      else if (draft.reads.some((name) => !batch.entries.has(name))) loose.push(looseReads(draft.reads, batch));
    }
    return { waiting, outcomes, loose, batch, sends };
  }

  async #commit({ batch, waiting }: Round, snapshot: Snapshot): Promise<Stored> {
    if (batch.isEmpty) return { conflicts: null };
    const { store, onStored, onCommit } = this.#options;
    const commit = batch.toCommit((name) => snapshot.get(name));
    const began = performance.now();
    const { result, durable } = await storeAhead(store, commit).catch((error: unknown) => {
      throw error instanceof CommitAborted ? error : new CommitBroken('perhaps stored', { cause: error });
    });
    // Whoever is to be told of it waits for it below; nobody may be left.
    durable?.catch(() => {});
    if (!result.ok) return { conflicts: result.conflicts };
    const observe = (): void => onCommit?.(waiting.length, (performance.now() - began) / 1000);
    if (durable === undefined) observe();
    else durable.then(observe, () => {});
    onStored?.(commit);
    return { conflicts: null, durable };
  }
}

interface Stored {
  /** What others changed meanwhile; null when it is stored. */
  readonly conflicts: readonly Ref[] | null;
  /** Absent: it is already. */
  readonly durable?: Promise<void> | undefined;
}

async function storeAhead(
  store: CommitStore,
  commit: Commit,
): Promise<{ readonly result: CommitResult; readonly durable?: Promise<void> }> {
  return store.commitAhead?.(commit) ?? { result: await store.commit(commit) };
}

async function nobodyWaits(): Promise<void> {}

function fault(error: unknown): Outcome<never> {
  return { ok: false, refusal: null, fault: error };
}

function decided(operation: Operation<unknown>, draft: Draft): Outcome<unknown> {
  try {
    const outcome = operation.decide(draft);
    if (outcome.ok) operation.audit?.tell(draft);
    return outcome;
  } catch (error) {
    return fault(error);
  }
}

function looseReads(reads: readonly Ref[], { entries }: Batch): LooseReads {
  const isChecked = (name: Ref): boolean => entries.has(name);
  return { checked: reads.filter(isChecked), unchecked: reads.filter((name) => !isChecked(name)) };
}

/**
 * Whether it was decided on what may never have been so at one moment. What its commit checks has been so
 * from its own load on, until the commit.
 */
function isTorn({ checked, unchecked }: LooseReads, snapshot: Snapshot): boolean {
  const [first] = unchecked;
  if (first === undefined) return false;
  const load = snapshot.loadOf(first);
  const whole = load > 0 && unchecked.every((name) => snapshot.loadOf(name) === load);
  return !whole || checked.some((name) => snapshot.loadOf(name) > load);
}
