import { planNames, plans, type PlanLimits, type PlanName } from '../../domain/account/plans.ts';
import { ok, type Result } from '../../domain/errors.ts';
import { requireRole } from '../caller.ts';
import { originOf } from '../operation.ts';
import type { RequestContext } from '../request.ts';
import { ref } from '../write-path/refs.ts';
import type { WritePath } from '../write-path/write-path.ts';
import { limitsOf, planTable, type CurrentPlans } from './current-plans.ts';

export interface PlanView {
  readonly name: PlanName;
  readonly limits: PlanLimits;
  /** As it ships. */
  readonly shipped: PlanLimits;
  /** Null: nobody has changed it. */
  readonly updatedAt: number | null;
}

/** Everybody sees them; administrators change them. */
export interface Plans {
  list(context: RequestContext): Promise<Result<readonly PlanView[]>>;
  /** What is left out stays. What was begun under other limits goes on. */
  put(context: RequestContext, name: PlanName, change: Partial<PlanLimits>): Promise<Result<PlanView>>;
}

export function createPlans(
  { writePath, plans: current }: { readonly writePath: WritePath; readonly plans: CurrentPlans },
): Plans {
  return {
    async list() {
      await current.refresh();
      return ok(planNames.map((name) => viewOf(name, current.table[name], current.changedAt(name))));
    },
    async put(context, name, change) {
      const refused = requireRole(context.caller, 'admin');
      if (refused !== null) return refused;
      const result = await writePath.run<PlanView>({
        ...originOf(context),
        reads: [ref.record(planTable, [name])],
        decide: (draft) => {
          const before = draft.record(planTable, [name]) ?? plans[name];
          const row = draft.putRecord(planTable, { name, ...limitsOf(before), ...change, updatedAt: draft.now });
          return ok(viewOf(name, row, row.updatedAt));
        },
      });
      current.forget();
      return result;
    },
  };
}

function viewOf(name: PlanName, limits: PlanLimits, updatedAt: number | null): PlanView {
  return { name, limits: limitsOf(limits), shipped: limitsOf(plans[name]), updatedAt };
}
