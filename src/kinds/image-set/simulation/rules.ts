import type { Rule } from '../application/rule.ts';
import { plans } from '../../../domain/account/plans.ts';
import type { Result } from '../../../domain/errors.ts';
import type { Ask, Asked } from '../../../testing/simulator/ask.ts';
import type { Act } from '../../../testing/simulator/kind-model.ts';
import { weighted } from '../../../testing/simulator/weighted.ts';
import { imageSetsAt } from './server.ts';

/** What users do with their rules. Made anew for each scenario. */
export function createRuleAct(): Act {
  const ruleIds: string[] = [];
  return weighted([[1, savingRule(ruleIds)], [1, changingRule(ruleIds)]]);
}

function savingRule(ruleIds: string[]): Act {
  return ({ users }, random) => {
    const userId = random.pick(users);
    const concepts = { wall: { action: 'tone', value: 'warm' } } as const;
    const input = { name: 'warm', presetId: null, concepts, protect: [] };
    return {
      label: 'save-rule',
      userId,
      send: (server, context) => imageSetsAt(server).rules.create(context, input),
      judge: (result: Result<Rule>, { from, to }: Asked, { truth }) => {
        if (result.ok) {
          ruleIds.push(result.value.id);
          return null;
        }
        const accounts = truth.accountDuring(userId, from, to);
        const isFull = accounts.some((one) => one !== null && one.usedRuleSlots >= plans[one.plan].ruleSlots);
        return result.refusal.code === 'rule_limit' && (isFull || accounts.length > 1) ? null : result.refusal.code;
      },
      judgeUnknown: () => null,
    } satisfies Ask<Rule> as Ask;
  };
}

function changingRule(ruleIds: readonly string[]): Act {
  return ({ users }, random) => {
    if (ruleIds.length === 0) return null;
    const ruleId = random.pick(ruleIds);
    const input = { name: 'cold', concepts: { wall: { action: 'tone', value: 'cold' } }, protect: [] } as const;
    const isDelete = random.chance(0.5);
    return {
      label: `${isDelete ? 'delete-rule' : 'change-rule'} ${ruleId}`,
      userId: random.pick(users),
      send: async (server, context): Promise<Result<unknown>> => {
        const { rules } = imageSetsAt(server);
        return isDelete ? rules.delete(context, ruleId) : rules.update(context, ruleId, input);
      },
      // Who may see it and whether it was there is not followed; that its slot is counted right is an invariant.
      judge: (result) => (result.ok || result.refusal.code === 'not_found' ? null : result.refusal.code),
      judgeUnknown: () => null,
    };
  };
}
