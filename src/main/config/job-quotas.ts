import { planNames, type PlanName } from '../../domain/account/plans.ts';
import { limitOf } from './per-plan.ts';
import type { Value } from './values.ts';

/** One limit of a kind's jobs, as it was written. */
export interface GivenJobQuota {
  /** Null: for all plans that are not named for themselves. */
  readonly plan: PlanName | null;
  readonly kind: string;
  readonly name: string;
  /** Null: no limit. */
  readonly limit: number | null;
}

/** Limits for all plans, or for one: `task.stored=1000,free.task.unfinished=100`. Each may be given once. */
export const jobQuotas: Value<readonly GivenJobQuota[]> = {
  placeholder: '[PLAN.]KIND.NAME=COUNT,...',
  allowed:
    `comma-separated limits, each once, such as task.stored=1000, or ${planNames[0]}.task.stored=1000 for one plan ` +
    `(${planNames.join(', ')}); 0: no limit`,
  parse(given) {
    const quotas: GivenJobQuota[] = [];
    const seen = new Set<string>();
    for (const part of given.split(',')) {
      const [path = '', text = '', ...rest] = part.split('=').map((each) => each.trim());
      const names = path.split('.');
      const plan = names.length === 3 ? planNames.find((each) => each === names[0]) : null;
      const [kind, name] = names.slice(-2);
      const limit = limitOf(text);
      if (plan === undefined || limit === undefined || rest.length > 0 || names.length < 2 || names.length > 3) return;
      if (!kind || !name || seen.has(path)) return;
      seen.add(path);
      quotas.push({ plan, kind, name, limit });
    }
    return quotas;
  },
};
