import { isDeepStrictEqual } from 'node:util';
import { clockToleranceMs, startOf } from '../../domain/job/start.ts';
import type { Job } from '../../domain/job/job.ts';
import { noWorkLimits, type RateLimit, type WorkLimits } from '../../domain/job/work.ts';
import type { Commit } from '../../ports/store/commit.ts';
import type {
  ClaimedJob, ClaimOptions, LeaseState, WorkStore,
} from '../../ports/store/work-store.ts';
import type { Call } from './gate.ts';
import { maxSkewMs } from './simulated-time.ts';
import { shown, Violation } from './invariant.ts';
import type { KindModel, Leased, Offer } from './kind-model.ts';
import type { SimulatedStore, WorkRow } from './simulated-store.ts';
import type { Truth } from './truth.ts';

interface Start {
  /** It began with this very call: what began before was within the limits of its time. */
  readonly isNew: boolean;
  readonly type: string;
  readonly key: string | null;
  readonly at: number;
}

interface Lease {
  readonly token: number;
  readonly until: number;
  /** Whether it had run out at some time: then it may be taken away, even if it was prolonged after. */
  readonly lapsed: boolean;
}

/** Calls that read alone. */
const reading = new Set(['work.type', 'work.types', 'work.counts', 'work.lapsed']);

/** Follows what is offered to workers, and who has it: that it is what the jobs say, and within the limits. */
export class WorkAuditor {
  readonly #models: ReadonlyMap<string, KindModel>;
  readonly #inside: SimulatedStore['inside'];
  readonly #work: WorkStore;
  readonly #truth: Truth;
  /** Clocks may be set: then no time says whether another one is early. */
  readonly #jumps: boolean;
  #rows: readonly WorkRow[] = [];
  #limits = new Map<string, WorkLimits>();
  #starts: Start[] = [];
  readonly #leases = new Map<string, Lease>();
  /** A call may come late: by the newest that came it is at least so late. */
  #latest = 0;

  constructor(options: {
    readonly models: ReadonlyMap<string, KindModel>;
    readonly inside: SimulatedStore['inside'];
    readonly work: WorkStore;
    readonly truth: Truth;
    readonly jumps: boolean;
  }) {
    this.#jumps = options.jumps;
    this.#models = options.models;
    this.#inside = options.inside;
    this.#work = options.work;
    this.#truth = options.truth;
  }

  async afterCall({ name, args }: Pick<Call, 'name' | 'args'>, result: unknown): Promise<void> {
    const isCommit = name === 'commit';
    const isRemoval = name === 'retention.removeJobs' || name === 'retention.purgeJobs';
    if (!isCommit && (!name.startsWith('work.') || reading.has(name)) && !isRemoval) return;
    if (isCommit && (args[0] as Commit).work.length === 0 && !this.#touchesWork(args[0] as Commit)) return;
    const times = isCommit ? (args[0] as Commit).events.map(({ occurredAt }) => occurredAt) : args.map(timeIn);
    this.#latest = Math.max(this.#latest, ...times);
    const before = this.#rows;
    this.#rows = this.#inside.work();
    if (name === 'work.claim') this.#checkClaim(args[0] as ClaimOptions, result as readonly ClaimedJob[], before);
    if (name === 'work.renew') this.#followExtension(args[1] as { now: number }, result as readonly LeaseState[]);
    if (name === 'work.heal') this.#followHealing(args[0] as number);
    if (isCommit) this.#checkEnds(args[0] as Commit);
    this.#checkRows();
    await this.#checkCounts();
    await this.#followLimits();
    this.#checkRunning(before);
    this.#checkKeys();
  }

  #touchesWork({ jobs }: Commit): boolean {
    return jobs.some(({ job }) => this.#leasedBy(job) !== null);
  }

  #leasedBy({ kind }: Job): Leased | null {
    return this.#models.get(kind)?.leased ?? null;
  }

  #open(): Job[] {
    return this.#truth.jobs().filter((job) => job.endedAt === null && this.#leasedBy(job) !== null);
  }

  /** G1: whoever is to do a job can find it, and nobody else's is found. */
  #checkRows(): void {
    const byId = new Map(this.#rows.map((row) => [row.jobId, row]));
    for (const job of this.#open()) {
      const row = byId.get(job.id);
      const told = row === undefined ? null : toldOf(row);
      const isEarly = !this.#jumps && (row?.dueAt ?? 0) + 2 * maxSkewMs < this.#offerOf(job).notBefore;
      if (!isDeepStrictEqual(told, this.#expectedOf(job)) || isEarly) {
        throw new Violation('G1 work is offered of every job that has not ended, as the job says', shown({ row, job }));
      }
      byId.delete(job.id);
    }
    if (byId.size > 0) throw new Violation('G1 no work is offered of what has ended', shown([...byId.values()]));
  }

  #offerOf(job: Job): Offer {
    const leased = this.#leasedBy(job);
    if (leased === null) throw new RangeError(`nobody leases ${job.kind}`);
    return leased.offer(job);
  }

  #expectedOf(job: Job): ReturnType<typeof toldOf> {
    const { blocked, priority, concurrencyKey, timeoutMs, cancelRequested } = this.#offerOf(job);
    const { kind, type, lease } = job;
    return { kind, type, priority, concurrencyKey, timeoutMs, cancelRequested, blocked, token: lease?.token ?? null };
  }

  async #checkCounts(): Promise<void> {
    const counted = new Map<string, number>();
    for (const { kind, type, stage } of this.#rows) {
      const name = `${kind} ${type} ${stage}`;
      counted.set(name, (counted.get(name) ?? 0) + 1);
    }
    const said = (await this.#work.counts()).filter(({ count }) => count !== 0);
    const told = said.map(({ kind, type, stage, count }) => [`${kind} ${type} ${stage}`, count] as const);
    if (!isDeepStrictEqual(new Map(told), counted)) {
      throw new Violation('G4 work is counted as it is', `${shown(said)}, not ${shown([...counted])}`);
    }
  }

  /** G5, and the order: the greatest priority first, then the oldest. */
  #checkClaim(
    { kind, types, limit, now, leaseMs, workerId }: ClaimOptions,
    claimed: readonly ClaimedJob[],
    before: readonly WorkRow[],
  ): void {
    const ready = before.filter((row) => row.stage === 'ready' && row.kind === kind && types.includes(row.type));
    const first = ready
      .toSorted((a, b) => b.priority - a.priority || (a.jobId < b.jobId ? -1 : 1))
      .slice(0, limit)
      .map(({ jobId }) => jobId);
    const ids = claimed.map(({ job }) => job.id);
    if (!isDeepStrictEqual(ids, first)) {
      throw new Violation('G6 who waits first is served first', shown({ ids, first }));
    }
    for (const { job, leasedUntil, timeoutAt } of claimed) {
      const last = this.#leases.get(job.id);
      if (last !== undefined) throw new Violation('G5 a job has one live lease', shown({ job, last }));
      const row = before.find(({ jobId }) => jobId === job.id);
      const start = startOf(now, row?.dueAt ?? 0, row?.slot ?? false);
      const latest = Math.min(start + leaseMs, timeoutAt ?? Infinity);
      const { notBefore, concurrencyKey: key } = this.#offerOf(job);
      const isRight = job.lease?.workerId === workerId && leasedUntil === latest && job.updatedAt === start
        && (this.#jumps || notBefore <= this.#latest + 2 * maxSkewMs);
      if (!isRight) throw new Violation('G5 a lease is as it was asked for', shown({ job, leasedUntil, timeoutAt }));
      this.#leases.set(job.id, { token: job.lease.token, until: leasedUntil, lapsed: false });
      this.#starts.push({ isNew: true, type: job.type, key, at: start });
    }
    for (const type of new Set(claimed.map(({ job }) => job.type))) this.#checkRates(type);
    this.#starts = this.#starts.map((start) => ({ ...start, isNew: false }));
  }

  #followExtension({ now }: { readonly now: number }, states: readonly LeaseState[]): void {
    for (const { jobId, token, leasedUntil } of states) {
      if (leasedUntil === null) continue;
      const lease = this.#leases.get(jobId);
      if (lease?.token !== token) {
        throw new Violation('G5 only the live lease is prolonged', shown({ jobId, token, lease }));
      }
      this.#leases.set(jobId, { token, until: leasedUntil, lapsed: lease.lapsed || lease.until <= now });
    }
  }

  #followHealing(now: number): void {
    for (const { jobId, leasedUntil } of this.#rows) {
      const lease = this.#leases.get(jobId);
      if (lease === undefined || leasedUntil === null) continue;
      if (leasedUntil > lease.until) throw new Violation('G5 healing prolongs no lease', shown({ lease, leasedUntil }));
      this.#leases.set(jobId, { ...lease, until: leasedUntil });
    }
    this.#starts = this.#starts.map((start) => ({ ...start, at: start.at > now + clockToleranceMs ? now : start.at }));
  }

  /** G5: nobody but its worker ends a lease that has not run out. */
  #checkEnds({ events }: Commit): void {
    for (const { jobId, body, actor, occurredAt } of events) {
      const lease = this.#leases.get(jobId);
      if (lease === undefined || body.state === undefined) continue;
      // Whoever saw that it was over may have done so before the time was set back.
      const seenAt = this.#jumps ? Math.max(occurredAt, this.#latest) : occurredAt;
      if (actor === 'system' && !lease.lapsed && lease.until > seenAt) {
        throw new Violation('G5 a live lease is not taken away', shown({ jobId, body, lease, occurredAt }));
      }
      this.#leases.delete(jobId);
    }
  }

  async #followLimits(): Promise<void> {
    for (const { name, limits } of await this.#work.types()) {
      const before = this.#limits.get(name) ?? noWorkLimits;
      this.#limits.set(name, limits);
      // From now on: of what began before, nobody kept count, or not for long enough.
      const isNew = windowOf(before.rate) !== windowOf(limits.rate);
      if (isNew || windowOf(before.ratePerKey) !== windowOf(limits.ratePerKey)) {
        this.#starts = this.#starts.filter(({ type }) => type !== name);
      }
    }
  }

  /** G6: never more at once than the limits allow; what ran when they became less runs on. */
  #checkRunning(before: readonly WorkRow[]): void {
    const [was, is] = [before, this.#rows].map((rows) => rows.filter(({ stage }) => stage === 'leased'));
    for (const type of new Set(is?.map((row) => row.type))) {
      const { maxRunning, maxRunningPerKey } = this.#limits.get(type) ?? noWorkLimits;
      const [less, more] = [was, is].map((rows) => rows?.filter((row) => row.type === type) ?? []);
      assertWithin(maxRunning, less?.length ?? 0, more?.length ?? 0, type);
      for (const key of new Set(more?.map((row) => row.concurrencyKey))) {
        if (key === null) continue;
        const [a, b] = [less, more].map((rows) => rows?.filter((row) => row.concurrencyKey === key).length ?? 0);
        assertWithin(maxRunningPerKey, a ?? 0, b ?? 0, `${type} ${key}`);
      }
    }
  }

  #checkRates(type: string): void {
    const { rate, ratePerKey } = this.#limits.get(type) ?? noWorkLimits;
    const starts = this.#starts.filter((start) => start.type === type);
    assertRate(rate, starts, type);
    for (const key of new Set(starts.map((start) => start.key))) {
      if (key !== null) assertRate(ratePerKey, starts.filter((start) => start.key === key), `${type} ${key}`);
    }
  }

  /** G2: of jobs with the same key one has not ended at most, and that one is remembered by it. */
  #checkKeys(): void {
    const held = this.#open().flatMap((job) => {
      const key = this.#leasedBy(job)?.keyOf(job) ?? null;
      return key === null ? [] : [`${key.scope} ${key.key} ${job.id}`];
    });
    const kept = this.#inside.keys().map(({ scope, key, jobId }) => `${scope} ${key} ${jobId}`);
    if (!isDeepStrictEqual(held.toSorted(), kept.toSorted())) {
      throw new Violation('G2 a key is held by exactly the one job that has not ended', shown({ held, kept }));
    }
  }
}

function toldOf(row: WorkRow): Omit<Offer, 'notBefore'> & Pick<WorkRow, 'kind' | 'type' | 'token'> {
  const { kind, type, priority, concurrencyKey, timeoutMs, cancelRequested, stage, token } = row;
  const [blocked, live] = [stage === 'blocked', stage === 'leased' ? token : null];
  return { kind, type, priority, concurrencyKey, timeoutMs, cancelRequested, blocked, token: live };
}

function timeIn(arg: unknown): number {
  if (typeof arg === 'number') return arg;
  return typeof arg === 'object' && arg !== null && 'now' in arg && typeof arg.now === 'number' ? arg.now : 0;
}

function windowOf(rate: RateLimit | null): number | null {
  return rate?.windowMs ?? null;
}

function assertWithin(most: number | null, before: number, now: number, what: string): void {
  if (most === null || now <= most || now <= before) return;
  throw new Violation('G6 no more run at once than may', `${now} of ${what}, at most ${most}`);
}

/** In any window that ends with a start. */
function assertRate(rate: RateLimit | null, starts: readonly Start[], what: string): void {
  if (rate === null) return;
  for (const { at: end } of starts) {
    const within = starts.filter(({ at }) => at > end - rate.windowMs && at <= end);
    if (within.length <= rate.count || !within.some(({ isNew }) => isNew)) continue;
    throw new Violation('G6 no more begin in a window than may', `${shown(within)} of ${what}, at most ${shown(rate)}`);
  }
}
