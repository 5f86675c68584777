import { differences, type Access, type Change } from './changes.ts';
import type { PlanEntry } from './file.ts';

export async function planChanges(
  { client, signal, prune }: Access,
  wanted: Readonly<Record<string, PlanEntry>>,
): Promise<readonly Change[]> {
  const { plans } = await client.listPlans({}, { signal });
  return plans.flatMap(({ plan, limits, shipped }): Change[] => {
    const body = Object.hasOwn(wanted, plan) ? wanted[plan] : prune ? shipped : undefined;
    const fields = body === undefined ? [] : differences(limits, body);
    if (body === undefined || fields.length === 0) return [];
    return [{
      action: 'update', section: 'plans', name: plan, fields,
      apply: () => client.putPlan({ params: { plan }, body }, { signal }),
    }];
  });
}

/** Those that somebody has changed. */
export async function exportPlans({ client, signal }: Access): Promise<Readonly<Record<string, PlanEntry>>> {
  const { plans } = await client.listPlans({}, { signal });
  return Object.fromEntries(plans.flatMap(({ plan, limits, updatedAt }) => (
    updatedAt === null ? [] : [[plan, limits] as const]
  )));
}
