import type { RouteAnswer } from '../../../contract/route.ts';
import type { me } from '../../../contract/accounts.ts';
import { fields } from '../output.ts';

export function accountText(account: RouteAnswer<typeof me>): string {
  const { userId, plan, credits, reserved, spent, granted, quotas } = account;
  return fields([
    ['user', userId],
    ['plan', plan],
    ['credits', `${credits} available, ${reserved} reserved, ${spent} spent, ${granted} granted`],
    ['running jobs', `${account.activeJobs} of ${account.maxActiveJobs}`],
    ['rules', `${account.usedRuleSlots} of ${account.maxRuleSlots}`],
    ...Object.entries(quotas?.jobs ?? {}).map(([kind, ofKind]) => [`${kind} jobs`, keptText(ofKind)] as const),
    ['objects', quotas === undefined ? null : keptText({ bytes: quotas.objectBytes })],
  ]);
}

interface Kept {
  readonly used: number | null;
  readonly limit: number | null;
}

/** "3 of 100 unfinished, 4 stored", where nothing limits those that are stored. */
function keptText(quotas: Readonly<Record<string, Kept>>): string {
  const texts = Object.entries(quotas).map(([name, { used, limit }]) =>
    `${used ?? 'unknown'}${limit === null ? '' : ` of ${limit}`} ${name}`);
  return texts.join(', ');
}
