import type { LedgerEntry, Reservation } from '../../domain/account/account.ts';
import { fold } from '../../domain/job/fold.ts';
import type { Job, RecordedEvent } from '../../domain/job/job.ts';
import type { Commit, CommitResult } from '../../ports/store/commit.ts';
import type { Pulled, PullOptions } from '../../ports/store/message-queue.ts';
import type { OutboxMessage } from '../../ports/store/outbox.ts';
import type { Store } from '../../ports/store/store.ts';
import { accountInvariants } from './account-invariants.ts';
import type { Call } from './gate.ts';
import { shown, Violation, type Invariant } from './invariant.ts';
import { jobInvariants } from './job-invariants.ts';
import type { KindModel } from './kind-model.ts';
import type { SimulatedStore } from './simulated-store.ts';
import type { Tally } from './tally.ts';
import type { Truth } from './truth.ts';

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

  readonly #tally: Tally;

  constructor(models: readonly KindModel[], simulated: SimulatedStore, truth: Truth, tally: Tally) {
    this.#tally = tally;
    this.#models = new Map(models.map((model) => [model.kind.name, model]));
    this.#store = simulated.open();
    this.#inside = simulated.inside;
    this.#truth = truth;
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

  async afterCall({ name, args }: Pick<Call, 'name' | 'args'>, result: unknown, tick: number): Promise<void> {
    if (name === 'commit' && !(result as CommitResult).ok) this.#tally.count('conflict');
    if (name === 'commit' && (result as CommitResult).ok) return this.#afterCommit(args[0] as Commit, tick);
    if (name === 'outbox.claim') return this.#checkOrder(result as readonly OutboxMessage[]);
    if (name === 'queue.pull') this.#checkLeases(args[1] as PullOptions, result as Pulled);
    if (name.startsWith('queue.') && name !== 'queue.pull') this.#followLease(name, args, result);
    if (name.startsWith('queue.') || name.startsWith('outbox.')) this.#checkMessages();
  }

  async #afterCommit(commit: Commit, tick: number): Promise<void> {
    const jobs = new Set([...commit.jobs.map(({ job }) => job.id), ...commit.reservations.map(({ jobId }) => jobId)]);
    for (const id of jobs) await this.#checkJob(id, tick);
    for (const { account } of commit.accounts) await this.#checkAccount(account.id, tick);
    this.#checkMessages();
  }

  async #checkJob(id: string, tick: number): Promise<void> {
    const job = await this.#store.jobs.get(id);
    if (job === null) throw new Violation('G1 an accepted job is never lost', id);
    const model = this.#models.get(job.kind);
    if (model === undefined) throw new Violation('G4 every job is of a declared kind', shown(job));
    const eventsBefore = this.events(id);
    const before = this.#truth.job(id);
    const events = await this.#store.jobs.events(id, { after: 0, limit: 1000 });
    const reservation = await this.#store.accounts.reservation(id);
    const history = await this.#store.jobs.history(id);
    if (reservation !== null) this.#reservations.set(id, reservation);
    this.#events.set(id, events);
    const view = { model, job, before, events, eventsBefore, reservation, history };
    for (const step of stepsOf(events, eventsBefore.length)) this.#tally.count(`${job.kind} ${step}`);
    assertAll([...jobInvariants, ...model.invariants], view);
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
    const jobs = this.#truth.jobs().filter(({ ownerId }) => ownerId === id);
    const reservations = [...this.#reservations.values()].filter(({ accountId }) => accountId === id);
    const rules = await this.#store.accounts.rules(id);
    const billing = this.#inside.billing(id);
    assertAll(accountInvariants, { account, before, ledger, ledgerBefore, jobs, reservations, rules, billing });
  }

  /** G7: what a job has to say is in the outbox or in its queue, and nothing else is. */
  #checkMessages(): void {
    const said = [
      ...this.#inside.outbox().map(({ topic, jobId }) => `${topic} ${jobId}`),
      ...this.#inside.queue().map(({ queue, jobId }) => `queue:${queue} ${jobId}`),
    ];
    const due = this.#truth.jobs().flatMap((job) => {
      const queue = this.#models.get(job.kind)?.messageFor(job, this.events(job.id)) ?? null;
      return queue === null ? [] : [`queue:${queue} ${job.id}`];
    });
    const missing = due.filter((one) => !said.includes(one));
    const extra = said.filter((one) => !due.includes(one));
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
    if (name === 'queue.extend' && result === true) this.#leases.set(lease.messageId, args[2] as number);
  }
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
