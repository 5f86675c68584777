import type { LedgerEntry, Reservation } from '../../domain/account/account.ts';
import { isDeepStrictEqual } from 'node:util';
import { fold } from '../../domain/job/fold.ts';
import type { DependencyEnded } from '../../domain/job/dependencies.ts';
import type { Job, JobEvent, RecordedEvent } from '../../domain/job/job.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { Commit, CommitResult } from '../../ports/store/commit.ts';
import type { MessageQueue, Pulled, PullOptions } from '../../ports/store/message-queue.ts';
import type { OutboxMessage } from '../../ports/store/outbox.ts';
import type { ClaimedJob } from '../../ports/store/work-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock } from '../../ports/world.ts';
import { accountInvariants } from './account-invariants.ts';
import type { Call } from './gate.ts';
import { shown, Violation, type Invariant } from './invariant.ts';
import { keptMs, type JumpingClocks } from './jumping-clock.ts';
import { jobInvariants, paidInvariants, unpaidInvariants } from './job-invariants.ts';
import type { JobView, KindModel } from './kind-model.ts';
import type { SimulatedStore } from './simulated-store.ts';
import type { Tally } from './tally.ts';
import type { Truth } from './truth.ts';
import { WorkAuditor } from './work-auditor.ts';

/** Looks into the store after every call that may have changed it, and throws a Violation at what must not be. */
export class Auditor {
  readonly #models: ReadonlyMap<string, KindModel>;
  readonly #store: Store;
  readonly #inside: SimulatedStore['inside'];
  readonly #truth: Truth;
  readonly #events = new Map<string, readonly RecordedEvent[]>();
  readonly #ledgers = new Map<string, readonly LedgerEntry[]>();
  readonly #reservations = new Map<string, Reservation>();
  /** By message id, until when a worker has it to itself. */
  readonly #leases = new Map<string, number>();

  /** Messages of no queue, by topic and job, that were said. */
  readonly #said: string[] = [];
  #outbox: ReturnType<SimulatedStore['inside']['outbox']> = [];
  readonly #work: WorkAuditor;
  readonly #tally: Tally;
  readonly #real: Clock;
  readonly #clocks: Pick<JumpingClocks, 'wrongMs'> | null;
  /** When jobs have ended by the real time, and for how long clocks had been wrong then. */
  readonly #ends = new Map<string, { readonly at: number; readonly wrongMs: number }>();

  constructor(options: {
    readonly models: readonly KindModel[];
    readonly simulated: SimulatedStore;
    readonly truth: Truth;
    readonly tally: Tally;
    readonly real: Clock;
    /** Null: none of them is ever wrong. */
    readonly clocks: Pick<JumpingClocks, 'wrongMs'> | null;
  }) {
    const { models, simulated, truth, tally } = options;
    this.#tally = tally;
    this.#real = options.real;
    this.#clocks = options.clocks;
    this.#models = new Map(models.map((model) => [model.kind.name, model]));
    this.#store = simulated.open();
    this.#inside = simulated.inside;
    this.#truth = truth;
    const jumps = options.clocks !== null;
    this.#work = new WorkAuditor({ models: this.#models, inside: this.#inside, work: this.#store.work, truth, jumps });
  }

  /** A job's events as stored. */
  events(jobId: string): readonly RecordedEvent[] {
    return this.#events.get(jobId) ?? [];
  }

  /** Every event that this request caused, of whatever job. */
  eventsOf(correlationId: string): RecordedEvent[] {
    return [...this.#events.values()].flat().filter((event) => event.correlationId === correlationId);
  }

  ledger(accountId: string): readonly LedgerEntry[] {
    return this.#ledgers.get(accountId) ?? [];
  }

  async afterCall(call: Pick<Call, 'name' | 'args'>, result: unknown, tick: number): Promise<void> {
    const { name, args } = call;
    if (name === 'commit' && !(result as CommitResult).ok) return this.#tally.count('conflict');
    if (name === 'commit') await this.#afterCommit(args[0] as Commit, tick);
    if (name === 'work.claim') await this.#afterClaim(result as readonly ClaimedJob[], tick);
    if (name === 'retention.removeJobs') this.#afterRemoval(result as readonly string[], tick);
    if (name === 'retention.purgeJobs' && (result as number) > 0) await this.#checkForgotten(tick);
    if (name === 'queue.heal') this.#healLeases(args[0] as number);
    if (name === 'outbox.claim') return this.#checkOrder(result as readonly OutboxMessage[]);
    if (name === 'outbox.done') this.#noteSaid(args[0] as readonly number[]);
    if (name === 'queue.pull') this.#checkLeases(args[1] as PullOptions, result as Pulled);
    if (name.startsWith('queue.') && name !== 'queue.pull') this.#followLease(name, args, result);
    if (changing.some((prefix) => name.startsWith(prefix))) this.#checkMessages();
    await this.#work.afterCall(call, result);
  }

  async #afterCommit(commit: Commit, tick: number): Promise<void> {
    const jobs = new Set([...commit.jobs.map(({ job }) => job.id), ...commit.reservations.map(({ jobId }) => jobId)]);
    for (const id of jobs) await this.#checkJob(id, tick);
    for (const { account } of commit.accounts) await this.#checkAccount(account.id, tick);
  }

  /** The one change that the store makes by itself. */
  async #afterClaim(claimed: readonly ClaimedJob[], tick: number): Promise<void> {
    for (const { job } of claimed) {
      await this.#checkJob(job.id, tick);
      if (!isDeepStrictEqual(job, this.#truth.job(job.id))) {
        throw new Violation('G4 what a worker is given is what is stored', shown(job));
      }
    }
  }

  #afterRemoval(ids: readonly string[], tick: number): void {
    for (const id of ids) {
      const job = this.#truth.job(id);
      if (job?.endedAt == null) throw new Violation('G1 an accepted job is never lost', shown(job));
      this.#truth.recordNoJob(tick, id);
    }
  }

  /** G1: what has ended is kept for its time, but for what certainty has gone ahead of the real time meanwhile. */
  async #checkForgotten(tick: number): Promise<void> {
    for (const { id } of this.#truth.jobs()) {
      if ((await this.#store.jobs.get(id)) !== null) continue;
      this.#afterRemoval([id], tick);
      const end = this.#ends.get(id);
      const age = end === undefined ? 0 : this.#real.now() - end.at;
      const wrongMs = (this.#clocks?.wrongMs() ?? 0) - (end?.wrongMs ?? 0);
      // Until it is followed back, a clock that is right again counts as wrong.
      if (age + 24 * (wrongMs + 240_000) < keptMs) {
        throw new Violation('G1 what has ended is kept for its time', shown({ id, age, wrongMs }));
      }
      this.#tally.count('job was forgotten');
    }
  }

  /** They may be given out as soon as that now: for how long they were held is not known here. */
  #healLeases(now: number): void {
    for (const [id, until] of this.#leases) this.#leases.set(id, Math.min(until, now));
  }

  async #checkJob(id: string, tick: number): Promise<void> {
    const job = await this.#store.jobs.get(id);
    if (job === null) throw new Violation('G1 an accepted job is never lost', id);
    if (job.endedAt === null) this.#ends.delete(id);
    else if (!this.#ends.has(id)) this.#ends.set(id, { at: this.#real.now(), wrongMs: this.#clocks?.wrongMs() ?? 0 });
    const model = this.#models.get(job.kind);
    if (model === undefined) throw new Violation('G4 every job is of a declared kind', shown(job));
    const eventsBefore = this.events(id);
    const before = this.#truth.job(id);
    const events = await this.#store.jobs.events(id, { after: 0, limit: 1000 });
    const reservation = await this.#store.accounts.reservation(id);
    const history = await this.#store.jobs.history(id);
    if (reservation !== null) this.#reservations.set(id, reservation);
    this.#events.set(id, events);
    const eventsOf = (other: string): readonly RecordedEvent[] => this.events(other);
    const phaseOf = ({ kind, body: { state } }: RecordedEvent): Phase | null =>
      state === undefined ? null : (this.#models.get(kind)?.kind.lifecycle.phase(state) ?? null);
    const view: JobView = { model, job, before, events, eventsBefore, reservation, history, eventsOf, phaseOf };
    for (const step of stepsOf(events, eventsBefore.length)) this.#tally.count(`${job.kind} ${step}`);
    for (const { body } of events.slice(eventsBefore.length)) this.#countDependency(job.kind, body);
    const paid = model.paid === null ? unpaidInvariants : paidInvariants;
    assertAll([...jobInvariants, ...paid, ...model.invariants], view);
    let state: Job | null = before;
    // Those before the last were never stored by themselves, but commands of the same batch saw them.
    for (const event of events.slice(eventsBefore.length)) {
      state = fold<never, never>(model.kind as never, state as never, event as never);
      this.#truth.recordJob(tick, state);
    }
  }

  async #checkAccount(id: string, tick: number): Promise<void> {
    const account = await this.#store.accounts.get(id);
    if (account === null) throw new Violation('G3 an account is never lost', id);
    const before = this.#truth.account(id);
    const ledgerBefore = this.ledger(id);
    const ledger = await this.#store.accounts.ledger(id, { after: 0, limit: 1000 });
    this.#ledgers.set(id, ledger);
    this.#truth.recordAccount(tick, account);
    const isPaid = ({ kind }: Job): boolean => this.#models.get(kind)?.paid != null;
    const jobs = this.#truth.jobs().filter((job) => job.ownerId === id && isPaid(job));
    const reservations = [...this.#reservations.values()].filter(({ accountId }) => accountId === id);
    let ruleSlots = 0;
    for (const model of this.#models.values()) ruleSlots += (await model.ruleSlots?.(this.#store, id)) ?? 0;
    const billing = this.#inside.billing(id);
    assertAll(accountInvariants, { account, before, ledger, ledgerBefore, jobs, reservations, ruleSlots, billing });
  }

  #noteSaid(ids: readonly number[]): void {
    const done = this.#outbox.filter(({ id, topic }) => ids.includes(id) && !topic.startsWith('queue:'));
    this.#said.push(...done.map(({ topic, jobId }) => `${topic} ${jobId}`));
  }

  #countDependency(kind: string, event: JobEvent): void {
    if (event.type !== 'DependencyEnded') return;
    const { jobId, outcome } = event as DependencyEnded;
    this.#tally.count(`${kind} depends on ${this.events(jobId)[0]?.kind}: ${outcome}`);
  }

  /** G7: what a job has to say is in the outbox, in its queue or said, and nothing else is. */
  #checkMessages(): void {
    this.#outbox = this.#inside.outbox();
    const there = this.#outbox.map(({ topic, jobId }) => `${topic} ${jobId}`);
    // On its way from the outbox into its queue a message is in both.
    const queued = this.#inside.queue().map(({ queue, jobId }) => `queue:${queue} ${jobId}`);
    const said = [...there, ...queued.filter((one) => !there.includes(one)), ...this.#said];
    const due = [...this.#events].flatMap(([id, events]) => {
      const topics = this.#models.get(events[0]?.kind ?? '')?.messages(events) ?? [];
      return topics.map((topic) => `${topic} ${id}`);
    });
    const [missing, extra] = [without(due, said), without(said, due)];
    if (missing.length + extra.length === 0) return;
    const found = shown({ missing, extra });
    throw new Violation('G7 a message is sent if and only if its commit is stored', found);
  }

  /** G7: of each job, the oldest first. */
  #checkOrder(claimed: readonly OutboxMessage[]): void {
    for (const { id, jobId } of claimed) {
      const older = this.#inside.outbox().filter((row) => row.jobId === jobId && row.id < id);
      if (older.length > 0) throw new Violation('G7 messages of a job are sent in order', shown({ id, older }));
    }
  }

  /** G5: nobody gets what somebody else has. */
  #checkLeases({ now, leaseMs }: PullOptions, { messages }: Pulled): void {
    for (const { messageId } of messages) {
      const until = this.#leases.get(messageId) ?? 0;
      const found = `${messageId} until ${until}, now ${now}`;
      if (until > now) throw new Violation('G5 a message has one live lease', found);
      this.#leases.set(messageId, now + leaseMs);
    }
  }

  #followLease(name: string, args: readonly unknown[], result: unknown): void {
    const lease = args[1] as { readonly messageId: string };
    if (name === 'queue.release' && result === true) this.#leases.delete(lease.messageId);
    if (name === 'queue.extend' && result === true) {
      const { now, leaseMs } = args[2] as Parameters<MessageQueue['extend']>[2];
      this.#leases.set(lease.messageId, now + leaseMs);
    }
  }
}

/** Calls after which messages may be at another place. */
const changing = ['commit', 'queue.', 'outbox.done', 'outbox.retry', 'retention.'];

/** Each as often as it is there more often. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

/** `from → to`, of the events from `start` on. */
function stepsOf(events: readonly RecordedEvent[], start: number): string[] {
  let state: string | undefined;
  return events.flatMap(({ body }, at) => {
    if (body.state === undefined) return [];
    const step = `${state ?? 'nothing'} → ${body.state}`;
    state = body.state;
    return at < start ? [] : [step];
  });
}

function assertAll<View>(invariants: readonly Invariant<View>[], view: View): void {
  for (const { guarantee, name, check } of invariants) {
    let broken: string | null;
    try {
      broken = check(view);
    } catch (error) {
      broken = String(error);
    }
    if (broken !== null) throw new Violation(`${guarantee} ${name}`, broken);
  }
}
