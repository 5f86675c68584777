import { planNames, type PlanName } from '../../domain/account/plans.ts';
import type { Value } from './values.ts';

/** Null: no limit. A plan that is not named keeps its own. */
export type PerPlan = { readonly [Plan in PlanName]?: number | null };

/** A number for every plan, or one for each: `1000`, `free=100,pro=5000`. */
export const perPlan: Value<PerPlan> = {
  placeholder: 'COUNT|PLAN=COUNT,...',
  allowed: `a whole number, or one for each plan (${planNames.map((name) => `${name}=1000`).join(',')}); 0: no limit`,
  parse(given) {
    const number = limitOf(given);
    if (number !== undefined) return Object.fromEntries(planNames.map((name) => [name, number]));
    const limits: Partial<Record<PlanName, number | null>> = {};
    for (const part of given.split(',')) {
      const [name = '', text = ''] = part.split('=', 2).map((each) => each.trim());
      const plan = planNames.find((each) => each === name);
      const limit = limitOf(text);
      if (plan === undefined || limit === undefined || plan in limits) return undefined;
      limits[plan] = limit;
    }
    return limits;
  },
};

/** Undefined when it is no limit; 0: none. */
export function limitOf(text: string): number | null | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  return Number(text) === 0 ? null : Number(text);
}
