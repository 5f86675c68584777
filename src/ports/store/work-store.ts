import type { Job } from '../../domain/job/job.ts';
import type { Work, WorkLimits } from '../../domain/job/work.ts';
import type { Claim } from '../../domain/lifecycle.ts';

/**
 * Jobs that wait for workers, and those that workers have. Each job's own row says how it is offered: commits say so
 * first, change it and take it back (`Commit.work`), and here jobs are handed out. A row that is spoken of here is that
 * of a job which is offered.
 *
 * It is in one stage: `blocked` (by other jobs), `scheduled` (not due yet), `queued` (due, waits for a permit under
 * its limits), `ready` (may be claimed) or `leased`. The protocol of leases is described in services/lease-reaper.ts.
 *
 * Admission: how limits hold under any interleaving. A row whose type has limits, or that has a concurrency key, is
 * queued first. Only `admit` makes it ready, and only one caller admits at a time (a transaction on SQLite, an advisory
 * lock on PostgreSQL). It holds a permit from then on, while ready or leased, until it is removed or put again:
 *
 *   admitted = rows with a permit, of the type (or of its key)      admitted + admitting <= maxRunning
 *   starts in the window + admitted that have not started           + admitting <= rate.count
 *
 * What runs is a subset of what was admitted, so claims need not check limits, and cost the same with and without them.
 * Starts that are still to come are counted against the rate as if they had happened, so that the rate holds in every
 * window, not only in aligned ones. The price: a permit may be held by a row that no worker asks for.
 *
 * Failures. A server that dies before it admits has changed nothing, and any other one admits within a second. A commit
 * that frees a permit wakes the admitter; if the wake-up gets lost, the next poll finds it. A lowered limit ends no
 * job: nothing more is admitted until enough have ended. Starts recorded by a clock that was ahead count
 * as starts now, which can delay a rate by one window, and never exceeds it.
 */
export interface WorkStore {
  /**
   * Hands out the first rows that are ready, by priority (the greatest first), then by job id. For each, in the same
   * commit: by the one of `claims` that is from its state, the job goes on to `to`, its attempt counts one more, its
   * lease is the worker's, and the event `event` with `attempt` and `workerId` is appended. Two callers are never
   * given the same job.
   */
  claim(options: ClaimOptions): Promise<readonly ClaimedJob[]>;
  /**
   * Rows of a kind whose jobs are assigned, not claimed, that are ready: of up to 1,000 owners, those behind `after`
   * first, up to `perOwner` each, by priority (the greatest first), then by place. Nothing is changed; a commit gives
   * them to workers (`lease`).
   */
  candidates(options: CandidateOptions): Promise<readonly Candidate[]>;
  /** Renews leases until `now + leaseMs` (never past their attempt's time), in the order asked. */
  renew(leases: readonly WorkLease[], options: { readonly now: number; readonly leaseMs: number }):
    Promise<readonly LeaseState[]>;
  /** When leases were granted or last renewed, by the jobs that have one; of 1,000 jobs at most. */
  renewedAt(jobIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Leases that have run out, the longest ago first. */
  lapsed(now: number, limit: number): Promise<readonly LapsedLease[]>;
  /** Moves rows on: those that are due now, and as many as their limits have room for; at most some thousands. */
  admit(now: number): Promise<Admission>;
  /** How many rows there are by kind, type and stage. */
  counts(): Promise<readonly WorkCount[]>;
  /** Those that something was said about: of all kinds, by kind and name; at most 10,000. */
  types(): Promise<readonly WorkType[]>;
  /** From now on: what runs already runs on. */
  putType(type: WorkType, now: number): Promise<void>;
  /**
   * Brings back what lies farther ahead than it can, since it was stored by a clock that was ahead: leases and time
   * limits end as long from now as they were given for, pauses too, and starts in the future become starts now.
   */
  heal(now: number): Promise<HealedWork>;
}

/** How many of each there were. */
export interface HealedWork {
  readonly leases: number;
  readonly pauses: number;
  readonly starts: number;
}

export const workStages = ['blocked', 'scheduled', 'queued', 'ready', 'leased'] as const;
export type WorkStage = (typeof workStages)[number];

export interface WorkCount {
  readonly kind: string;
  readonly type: string;
  readonly stage: WorkStage;
  readonly count: number;
}

export interface ClaimOptions {
  readonly kind: string;
  /** At least one, each from another state. */
  readonly claims: readonly Claim[];
  /** 1 to 100 different ones. */
  readonly types: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
  readonly workerId: string;
  readonly now: number;
  readonly leaseMs: number;
  /** Something is probably ready: a look before the claim would be for nothing. */
  readonly likely?: boolean;
}

export interface CandidateOptions {
  readonly kind: string;
  /** The owner who had the last turn; empty: nobody. */
  readonly after: string;
  /** 1 to 100. */
  readonly perOwner: number;
}

export interface Candidate {
  readonly jobId: string;
  readonly ownerId: string;
  readonly priority: number;
}

export interface ClaimedJob {
  /** As it is now, with its lease. */
  readonly job: Job;
  /** When the lease ends if it is not prolonged. */
  readonly leasedUntil: number;
  /** When the attempt's time is over; null: never. */
  readonly timeoutAt: number | null;
}

export interface WorkLease {
  readonly jobId: string;
  readonly token: number;
}

export interface LeaseState extends WorkLease {
  /** Null when the lease is not (any longer) the live one. */
  readonly leasedUntil: number | null;
  /** The worker is to stop. */
  readonly cancelRequested: boolean;
}

export interface LapsedLease extends WorkLease {
  readonly kind: string;
  /** The attempt's time is over; false: its worker was not heard of. */
  readonly timedOut: boolean;
}

export interface Admission {
  /** Types with rows that became ready, by their keys: see `workKey`. */
  readonly types: readonly string[];
  /** Whether rows still wait for permits. */
  readonly waiting: boolean;
  /** When to admit again (a row is due, a rate's window has moved on); null: not before something changes. */
  readonly nextAt: number | null;
}

/** What is set for all jobs of one type of a kind. */
export interface WorkType {
  readonly kind: string;
  readonly name: string;
  readonly limits: WorkLimits;
  /** The kind's own, plain JSON. */
  readonly defaults: unknown;
  readonly updatedAt: number;
}

/** What a commit does to the row of one job. */
export type WorkChange =
  /** Makes it, or makes it anew: not leased, and to be let on again. */
  | { readonly type: 'put'; readonly jobId: string; readonly jobType: string; readonly kind: string;
      /** With the place of the job; null where workers claim jobs of the kind: such a row is no candidate. */
      readonly candidate: { readonly ownerId: string; readonly place: string } | null;
      readonly work: Work; readonly now: number }
  /** Gives the row, which is ready, to the worker that the job's event names: as a claim does, by the commit. */
  | { readonly type: 'lease'; readonly jobId: string; readonly token: number; readonly leaseMs: number;
      /** See `Work.timeoutMs`. */
      readonly timeoutMs: number | null; readonly now: number }
  | { readonly type: 'request-cancel'; readonly jobId: string }
  | { readonly type: 'remove'; readonly jobId: string };
