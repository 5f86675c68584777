import type { Job } from '../../domain/job/job.ts';
import type { Work, WorkLimits } from '../../domain/job/work.ts';
import type { Claim } from '../../domain/lifecycle.ts';

/**
 * Jobs that wait for workers, and those that workers have. One small row a job, apart from the job itself: put there,
 * changed and taken away by commits (`Commit.work`), handed out here.
 *
 * A row is in one stage: `blocked` (by other jobs), `scheduled` (not due yet), `queued` (due, waits for a permit under
 * its limits), `ready` (may be claimed) or `leased`. What has a type with limits, or a concurrency key, is queued
 * first. `admit` alone lets rows on from there, one caller at a time, and a row holds its permit from then until it is
 * taken away or put anew. So what runs is never more than what was let on, and that never more than the limit.
 *
 * What happens when it fails: a worker that dies keeps its row until its lease has run out, and then loses it to the
 * reaper; a server that dies between a commit and its word to others is made up for by whoever looks next, a second
 * later at most; a claim whose answer is lost is a lease that runs out.
 */
export interface WorkStore {
  /**
   * Hands out the first rows that are ready, by priority (the greatest first), then by job id. For each, in the same
   * commit: by the one of `claims` that is from its state, the job goes on to `to`, its attempt counts one more, its
   * lease is the worker's, and the event `event` with `attempt` and `workerId` is appended. Two callers are never
   * given the same job.
   */
  claim(options: ClaimOptions): Promise<readonly ClaimedJob[]>;
  /** Renews leases until `now + leaseMs` (never past their attempt's time), in the order asked. */
  renew(leases: readonly WorkLease[], options: { readonly now: number; readonly leaseMs: number }):
    Promise<readonly LeaseState[]>;
  /** Leases that have run out, the longest ago first. */
  lapsed(now: number, limit: number): Promise<readonly LapsedLease[]>;
  /** Moves rows on: those that are due now, and as many as their limits have room for; at most some thousands. */
  admit(now: number): Promise<Admission>;
  /** How many rows there are by kind, type and stage. */
  counts(): Promise<readonly WorkCount[]>;
  /** Null: the type was never said anything about. */
  type(kind: string, name: string): Promise<WorkType | null>;
  /** Of all kinds, by kind and name; at most 10,000. */
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
  /** Names of types, of whatever kind, with rows that became ready. */
  readonly types: readonly string[];
  /** Whether rows still wait for slots. */
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
      readonly work: Work; readonly now: number }
  | { readonly type: 'request-cancel'; readonly jobId: string }
  | { readonly type: 'remove'; readonly jobId: string };
