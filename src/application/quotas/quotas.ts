import { plans, type PlanName } from '../../domain/account/plans.ts';
import { quotaProblem, type QuotaName, type Quotas, type QuotaUse } from '../../domain/account/quotas.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { Usage } from '../../ports/store/usage.ts';
import type { QuotaDependencies } from './dependencies.ts';
import { ObjectQuota } from './object-quota.ts';
import { TaskQuota, type QuotaPermit } from './job-quota.ts';

/** What is kept for each owner at most, by its plan. */
export interface OwnerQuotas {
  /** To be asked before a task is made, and told what became of it. */
  admitTask(ownerId: string, bytes: number): Promise<QuotaPermit>;
  /** As `admitTask`, of a task that has ended and is to begin anew. */
  admitRetry(ownerId: string): Promise<QuotaPermit>;
  /** Why no set of photos is taken now, or null. */
  newSet(ownerId: string): Promise<Refusal | null>;
  readonly objects: ObjectQuota;
  show(ownerId: string): Promise<QuotaReport>;
}

export interface QuotaReport {
  readonly limits: Quotas;
  readonly used: QuotaUse;
}

/** What an operator sets instead of the plans' own; null: no limit. */
export type QuotaChanges = { readonly [Plan in PlanName]?: { readonly [Name in QuotaName]?: number | null } };

export function createOwnerQuotas(
  base: Omit<QuotaDependencies, 'limitsOf'> & { readonly changes: QuotaChanges },
): OwnerQuotas {
  const { store, changes } = base;
  const limitsOf = async (ownerId: string): Promise<Quotas> => {
    const plan = (await store.accounts.get(ownerId))?.plan ?? 'free';
    return { ...plans[plan].quotas, ...changes[plan] };
  };
  const setsOf = (ownerId: string): Promise<Usage> => store.usage.of(ownerId, base.kinds.sets);
  const deps: QuotaDependencies = { ...base, limitsOf };
  const tasks = new TaskQuota(deps);
  const objects = new ObjectQuota(deps);
  return {
    admitTask: (ownerId, bytes) => tasks.admit(ownerId, bytes),
    admitRetry: (ownerId) => tasks.admitAgain(ownerId),
    async newSet(ownerId) {
      const [limits, { kept }] = await Promise.all([limitsOf(ownerId), setsOf(ownerId)]);
      return quotaProblem('storedSets', limits, kept, 1) ?? objects.problem(ownerId, 1);
    },
    objects,
    async show(ownerId) {
      const [limits, used, { kept: storedSets }, objectBytes] = await Promise.all([
        limitsOf(ownerId), tasks.used(ownerId), setsOf(ownerId), objects.used(ownerId).catch(() => null),
      ]);
      const { unfinished: unfinishedTasks, kept: storedTasks, bytes: taskBytes } = used;
      return { limits, used: { unfinishedTasks, storedTasks, taskBytes, storedSets, objectBytes } };
    },
  };
}
