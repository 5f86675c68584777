import type { QuotaChanges } from '../../application/quotas/quotas.ts';
import { planNames, type PlanName } from '../../domain/account/plans.ts';
import type { OptionValues } from './options.ts';

/** What is set instead of the plans' own limits. */
export function quotasFrom(values: OptionValues): QuotaChanges {
  const set = {
    unfinishedTasks: values.quotaUnfinishedTasks,
    storedTasks: values.quotaStoredTasks,
    taskBytes: values.quotaTaskBytes,
    storedSets: values.quotaStoredSets,
    objectBytes: values.quotaObjectBytes,
  };
  const changesOf = (plan: PlanName) =>
    Object.fromEntries(
      Object.entries(set).flatMap(([name, limits]) => (limits?.[plan] === undefined ? [] : [[name, limits[plan]]])),
    );
  return Object.fromEntries(planNames.map((plan) => [plan, changesOf(plan)]));
}
