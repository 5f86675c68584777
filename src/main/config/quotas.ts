import type { QuotaChanges } from '../../application/quotas/quotas.ts';
import { planNames } from '../../domain/account/plans.ts';
import { quotaNamesOf, type JobQuotas, type KindQuotas } from '../../domain/account/quotas.ts';
import type { GivenJobQuota } from './job-quotas.ts';
import type { OptionValues } from './options.ts';

/** What is set instead of the limits of plans and kinds. */
export function quotasFrom({ quotaJobs = [], quotaObjectBytes = {} }: OptionValues): QuotaChanges {
  const changes = planNames.map((plan) => {
    const jobs: Record<string, JobQuotas> = {};
    // What names the plan goes before what is for all of them.
    const ofPlan = quotaJobs.filter((given) => given.plan === plan);
    for (const { kind, name, limit } of [...quotaJobs.filter((given) => given.plan === null), ...ofPlan]) {
      jobs[kind] = { ...jobs[kind], [name]: limit };
    }
    const { [plan]: objectBytes } = quotaObjectBytes;
    return [plan, { jobs, ...(objectBytes !== undefined && { objectBytes }) }] as const;
  });
  return Object.fromEntries(changes);
}

/** The first that no kind limits, in a sentence without its full stop; null: there is none. */
export function unknownQuota(
  written: string,
  given: readonly GivenJobQuota[],
  kinds: Readonly<Record<string, KindQuotas>>,
): string | null {
  const known = Object.entries(kinds).flatMap(([kind, quotas]) =>
    quotaNamesOf(quotas).map((name) => `${kind}.${name}`));
  const unknown = given.map(({ kind, name }) => `${kind}.${name}`).find((path) => !known.includes(path));
  if (unknown === undefined) return null;
  const choice = known.length === 0 ? 'there are none' : `it must be one of ${known.join(', ')}`;
  return `${written} names "${unknown}", which no kind of job limits: ${choice}`;
}
