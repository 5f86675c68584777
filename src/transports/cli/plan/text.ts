import type { putPlan } from '../../../contract/accounts.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { table } from '../output.ts';

export function plansText(plans: readonly RouteAnswer<typeof putPlan>[]): string {
  return table(
    ['PLAN', 'STARTING CREDITS', 'RUNNING JOBS', 'RULES', 'FAILURES AN HOUR', 'CHANGED'],
    plans.map(({ plan, limits, updatedAt }) => [
      plan, String(limits.startingCredits), String(limits.runningJobs), String(limits.ruleSlots),
      String(limits.failedItemsPerHour), updatedAt ?? '-',
    ]),
  );
}
