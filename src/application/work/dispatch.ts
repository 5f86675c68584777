import type { Dependencies } from '../dependencies.ts';
import type { AnyKind } from '../../domain/job/kind.ts';
import type { Job } from '../../domain/job/job.ts';
import { ok, type Result } from '../../domain/errors.ts';
import { formatLeaseId, parseLeaseId } from '../../domain/lease.ts';
import { workKey } from '../../ports/store/work-key.ts';
import { elapsedTime } from '../../ports/world.ts';
import { tellOfEvents } from '../events/told.ts';
import { AskedTypeNotes } from './asked.ts';
import { Waits } from './waits.ts';
import { WorkerNotes } from './worker-notes.ts';

/** For the workers of one kind of job, whose role the transport has checked. `Report`, `Outcome`: what they say. */
export interface Dispatch<Report, Outcome> {
  /** Up to `limit` jobs, leased; waits up to `waitMs` for the first. Empty when none came, or at shutdown. */
  take(options: TakeOptions): Promise<Result<readonly TakenJob[]>>;
  /** Handles each separately, in order. Idempotent. Rejects if the store cannot be reached. */
  report(workerId: string, reports: readonly Report[]): Promise<readonly Outcome[]>;
  renew(heartbeat: Heartbeat): Promise<readonly RenewedLease[]>;
  /** The time that leases go by. Milliseconds since 1970. */
  now(): number;
}

export interface TakeOptions {
  /** 1 to 200 characters. */
  readonly workerId: string;
  readonly types: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface Heartbeat {
  readonly workerId: string;
  readonly leaseIds: readonly string[];
  readonly leaseMs: number;
  /** What the worker would take if it had room. */
  readonly types?: readonly string[] | undefined;
  /** It takes no more. */
  readonly stopping?: boolean | undefined;
}

export interface TakenJob {
  readonly leaseId: string;
  readonly job: Job;
  readonly leasedUntil: number;
  readonly timeoutAt: number | null;
}

export interface RenewedLease {
  readonly leaseId: string;
  /** Null when the lease is lost. */
  readonly leasedUntil: number | null;
  readonly cancelRequested: boolean;
}

export type DispatchDependencies = Pick<Dependencies, 'store' | 'writePath' | 'clock' | 'logger' | 'signals'>;

/** How long a waiting worker goes without looking, woken or not: another server may have offered work. */
const pollMs = 1_000;

/** Hands out jobs of the kind to any caller, without listing the caller as a worker. */
export function createClaims(
  deps: DispatchDependencies,
  kind: Pick<AnyKind, 'name' | 'lifecycle'>,
): Pick<Dispatch<never, never>, 'take' | 'renew'> {
  const desk = new ClaimDesk(deps, kind);
  return { take: (options) => desk.take(options), renew: (heartbeat) => renew(deps, heartbeat) };
}

/** Hands jobs of the kind to workers; `report` stores what they say of them. */
export function createDispatch<Report, Outcome>(
  deps: DispatchDependencies,
  kind: Pick<AnyKind, 'name' | 'lifecycle'>,
  report: Dispatch<Report, Outcome>['report'],
): Dispatch<Report, Outcome> {
  const claims = createClaims(deps, kind);
  const asked = new AskedTypeNotes(deps, kind.name);
  const workers = new WorkerNotes(deps);
  const waits = new Waits();
  return {
    take: (options) => {
      asked.note(options.types);
      workers.note(options.workerId, options.types);
      if (options.waitMs === 0) return claims.take(options);
      return waits.during(options.workerId, options.signal, (signal) => claims.take({ ...options, signal }));
    },
    report: (workerId, reports) => {
      workers.note(workerId);
      return report(workerId, reports);
    },
    renew: (heartbeat) => {
      const { workerId, types = [], stopping = false } = heartbeat;
      if (stopping) {
        waits.end(workerId);
        workers.forget(workerId);
      } else {
        asked.note(types);
        workers.note(workerId, types);
      }
      return claims.renew(heartbeat);
    },
    now: () => deps.clock.now(),
  };
}

/**
 * Claims for all workers that wait at this server, one claim at a time: they do not compete for ready work, and when
 * many wait for the same types, one empty claim answers them all. (Measured: on PostgreSQL two claims at once take more
 * than twice the time of one.)
 */
class ClaimDesk {
  readonly #deps: DispatchDependencies;
  readonly #kind: Pick<AnyKind, 'name' | 'lifecycle'>;
  #turn: Promise<unknown> = Promise.resolve();
  /** For which types nothing was ready, when, and at which count of notifications that was. */
  readonly #inVain = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(deps: DispatchDependencies, kind: Pick<AnyKind, 'name' | 'lifecycle'>) {
    this.#deps = deps;
    this.#kind = kind;
  }

  async take(options: TakeOptions): Promise<Result<readonly TakenJob[]>> {
    const { clock, signals } = this.#deps;
    const until = elapsedTime(clock) + options.waitMs;
    const keys = options.types.map((type) => workKey(this.#kind.name, type));
    for (let woken = false; ; ) {
      const seen = signals.ready.count;
      if (options.signal?.aborted || signals.ready.closed) return ok([]);
      const taken = await this.#inTurn(options, keys, woken);
      if (taken.length > 0) return ok(taken);
      const left = until - elapsedTime(clock);
      if (left <= 0) return ok([]);
      await signals.ready.wait(keys, { ms: Math.min(left, pollMs), seen, signal: options.signal });
      woken = signals.ready.wasTold(keys, seen);
      // Slept through a poll: another look is due.
      if (!woken) this.#inVain.clear();
    }
  }

  #inTurn(options: TakeOptions, keys: readonly string[], likely: boolean): Promise<readonly TakenJob[]> {
    const turn = this.#turn.then(() => this.#claim(options, keys, likely));
    // Not what was claimed, which would be kept until the next turn.
    this.#turn = turn.then(ignore, ignore);
    return turn;
  }

  async #claim(options: TakeOptions, keys: readonly string[], likely: boolean): Promise<readonly TakenJob[]> {
    const { store, writePath, clock, signals } = this.#deps;
    // Who went away meanwhile is given nothing: it would only come back when the lease has run out.
    const { claims } = this.#kind.lifecycle;
    if (claims.length === 0 || options.signal?.aborted || signals.ready.closed) return [];
    const { workerId, types, limit, leaseMs } = options;
    const sorts = keys.toSorted().join('\n');
    const inVain = this.#inVain.get(sorts);
    const now = clock.now();
    // Not for long: who never waits would else not see what another server offers.
    const isKnown = inVain !== undefined && !signals.ready.wasTold(keys, inVain.count);
    if (isKnown && Math.abs(now - inVain.at) < pollMs) return [];
    const before = signals.ready.count;
    const claimed = await store.work.claim({
      kind: this.#kind.name, claims, types, limit, workerId, now, leaseMs, likely,
    });
    if (claimed.length === 0) {
      if (this.#inVain.size > 1_000) this.#inVain.clear();
      this.#inVain.set(sorts, { count: before, at: now });
    } else {
      writePath.learn(claimed.map(({ job }) => job));
      signals.changes.changed(claimed);
      tellOfEvents(this.#deps);
    }
    return claimed.map(({ job, leasedUntil, timeoutAt }) => ({
      leaseId: formatLeaseId(job.id, job.lease?.token ?? 0), job, leasedUntil, timeoutAt,
    }));
  }
}

const ignore = (): void => {};

async function renew(
  { store, clock }: DispatchDependencies,
  { leaseIds, leaseMs }: Heartbeat,
): Promise<readonly RenewedLease[]> {
  const leases = leaseIds.map(parseLeaseId);
  const named = leases.flatMap((lease) => (lease === null ? [] : [{ jobId: lease.thingId, token: lease.token }]));
  const states = named.length === 0 ? [] : await store.work.renew(named, { now: clock.now(), leaseMs });
  const live = new Map(states.map((state) => [formatLeaseId(state.jobId, state.token), state]));
  return leaseIds.map((leaseId) => {
    const { leasedUntil = null, cancelRequested = false } = live.get(leaseId) ?? {};
    return { leaseId, leasedUntil, cancelRequested };
  });
}
