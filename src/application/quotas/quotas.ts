import { plans, type PlanName } from '../../domain/account/plans.ts';
import type { JobQuotas, KindQuotas } from '../../domain/account/quotas.ts';
import { planOf, type QuotaDependencies } from './dependencies.ts';
import { JobQuota, unlimited, type JobQuotaReport, type QuotaPermit } from './job-quota.ts';
import { ObjectQuota } from './object-quota.ts';

/** What is kept for each owner at most, by its plan and the kinds of job. */
export interface OwnerQuotas {
  /**
   * Call it before creating a job of the kind with an input of this many bytes, and report the outcome to the permit.
   */
  admit(kind: string, ownerId: string, bytes: number): QuotaPermit | Promise<QuotaPermit>;
  /** Like `admit`, for an ended job that is retried. */
  admitAgain(kind: string, ownerId: string): QuotaPermit | Promise<QuotaPermit>;
  readonly objects: ObjectQuota;
  show(ownerId: string): Promise<QuotaReport>;
}

export interface QuotaReport {
  /** What each kind limits, by its name; kinds that limit nothing are not there. */
  readonly jobs: Readonly<Record<string, JobQuotaReport>>;
  /** `used` is null where it is not known. */
  readonly objectBytes: { readonly used: number | null; readonly limit: number | null };
}

/** What an operator sets instead of what plans and kinds say; null: no limit. */
export type QuotaChanges = {
  readonly [Plan in PlanName]?: {
    /** By kind. */
    readonly jobs?: Readonly<Record<string, JobQuotas>>;
    readonly objectBytes?: number | null;
  };
};

/** `kinds`: what each of them limits, by its name. */
export function createOwnerQuotas(
  deps: QuotaDependencies & { readonly kinds: ReadonlyMap<string, KindQuotas>; readonly changes: QuotaChanges },
): OwnerQuotas {
  const { changes } = deps;
  const jobs = new Map([...deps.kinds].map(([kind, quotas]) => [
    kind,
    new JobQuota(deps, kind, quotas.words, async (ownerId) => {
      const plan = await planOf(deps, ownerId);
      return { ...quotas.plans[plan], ...changes[plan]?.jobs?.[kind] };
    }),
  ]));
  const objects = new ObjectQuota(deps, async (ownerId) => {
    const plan = await planOf(deps, ownerId);
    const { objectBytes = plans[plan].objectBytes } = changes[plan] ?? {};
    return objectBytes;
  });
  return {
    admit: (kind, ownerId, bytes) => jobs.get(kind)?.admit(ownerId, bytes) ?? unlimited,
    admitAgain: (kind, ownerId) => jobs.get(kind)?.admitAgain(ownerId) ?? unlimited,
    objects,
    async show(ownerId) {
      const [objectBytes, ...ofKinds] = await Promise.all([
        objects.show(ownerId),
        ...[...jobs].map(async ([kind, quota]) => [kind, await quota.show(ownerId)] as const),
      ]);
      return { jobs: Object.fromEntries(ofKinds), objectBytes };
    },
  };
}
