import { refusal, type Refusal } from '../errors.ts';
import type { PlanName } from './plans.ts';

/** What may be limited of the jobs of one kind that are kept for one owner. */
export const jobQuotaNames = ['unfinished', 'stored', 'bytes'] as const;

/**
 * `unfinished`: jobs that have not ended. `stored`: all jobs, those that have ended included. `bytes`: of what jobs
 * were given and what they answered.
 */
export type JobQuotaName = (typeof jobQuotaNames)[number];

/** At most so many; null: as much as there is room for. What is left out is neither limited nor shown. */
export type JobQuotas = { readonly [Name in JobQuotaName]?: number | null };

/** What a kind of job limits, and how people read it. */
export interface KindQuotas {
  readonly plans: { readonly [Plan in PlanName]: JobQuotas };
  readonly words: {
    /** One job, and many: "order", "orders". */
    readonly one: string;
    readonly many: string;
    /** How jobs that have ended make room, after a colon: "delete some that have ended". */
    readonly makeRoom: string;
  };
}

/** What the kind limits in any plan. */
export function quotaNamesOf({ plans }: KindQuotas): readonly JobQuotaName[] {
  return jobQuotaNames.filter((name) => Object.values(plans).some((quotas) => quotas[name] !== undefined));
}

/** What is kept already, and what is to come. */
export interface Wanted {
  readonly used: number;
  readonly more: number;
}

/** Why so much more is not kept of a kind's jobs, or null. */
export function jobQuotaProblem(
  kind: string,
  { one, many, makeRoom }: KindQuotas['words'],
  what: JobQuotaName,
  limit: number | null | undefined,
  wanted: Wanted,
): Refusal | null {
  const jobs = limit === 1 ? one : many;
  const texts: Readonly<Record<JobQuotaName, readonly [string, string]>> = {
    unfinished: [`${jobs} that ${limit === 1 ? 'has' : 'have'} not ended`, 'wait for some to end'],
    stored: [jobs, makeRoom],
    bytes: [`bytes of ${many}`, makeRoom],
  };
  const [counted, cure] = texts[what];
  return problem({ kind, what }, limit ?? null, wanted, counted, cure);
}

/** Why no more bytes are kept in object storage, or null. */
export function objectQuotaProblem(limit: number | null, wanted: Wanted): Refusal | null {
  const cure = 'objects of ended jobs are deleted after their retention';
  return problem({ what: 'objectBytes' }, limit, wanted, 'bytes of objects', cure);
}

function problem(
  details: { readonly kind?: string; readonly what: string },
  limit: number | null,
  { used, more }: Wanted,
  counted: string,
  cure: string,
): Refusal | null {
  if (limit === null || used + more <= limit) return null;
  const text = (amount: number): string => amount.toLocaleString('en');
  const there = `there ${used === 1 ? 'is' : 'are'} ${text(used)}`;
  const message = `Your plan allows at most ${text(limit)} ${counted}, and ${there}: ${cure}.`;
  return refusal('quota_exceeded', message, { ...details, limit, used });
}
