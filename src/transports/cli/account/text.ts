import type { RouteAnswer } from '../../../contract/route.ts';
import type { me } from '../../../contract/accounts.ts';
import { fields } from '../output.ts';

export function accountText(account: RouteAnswer<typeof me>): string {
  const { userId, plan, credits, reserved, spent, granted } = account;
  return fields([
    ['user', userId],
    ['plan', plan],
    ['credits', `${credits} available, ${reserved} reserved, ${spent} spent, ${granted} granted`],
    ['running jobs', `${account.activeJobs} of ${account.maxActiveJobs}`],
    ['rules', `${account.usedRuleSlots} of ${account.maxRuleSlots}`],
  ]);
}
