import {
  planLimitNames, planNames, plans, type PlanLimits, type PlanName, type PlanTable,
} from '../../domain/account/plans.ts';
import type { Store } from '../../ports/store/store.ts';
import { declareTable, type VersionedRow } from '../../ports/store/tables.ts';
import type { Clock } from '../../ports/world.ts';
import { KeptFresh } from '../kept-fresh.ts';

/** Of a plan that an administrator has changed. */
interface StoredPlan extends VersionedRow, PlanLimits {
  readonly name: PlanName;
  readonly updatedAt: number;
}

export const planTable = declareTable<StoredPlan>('plans', {
  key: ['name'],
  columns: {
    name: 'text', startingCredits: 'bigint', runningJobs: 'integer', ruleSlots: 'integer',
    failedItemsPerHour: 'integer', updatedAt: 'bigint',
  },
});

/** How long another server's change may go unseen. */
const freshMs = 2_000;

interface Read {
  readonly table: PlanTable;
  readonly changedAt: ReadonlyMap<string, number>;
}

/** The limits of all plans, read now and then: whoever decides by them asks for it before. */
export class CurrentPlans {
  readonly #read: KeptFresh<Read>;

  constructor(records: Pick<Store['records'], 'list'>, clock: Clock) {
    const shipped: Read = { table: plans, changedAt: new Map() };
    this.#read = new KeptFresh(shipped, () => readPlans(records), { clock, freshMs });
  }

  /** As last read. */
  get table(): PlanTable {
    return this.#read.latest.table;
  }

  /** Null: the plan is as it ships. */
  changedAt(name: PlanName): number | null {
    return this.#read.latest.changedAt.get(name) ?? null;
  }

  /** Reads them again, unless that was done a moment ago. */
  refresh(): Promise<void> | undefined {
    return this.#read.refresh();
  }

  /** Has them read at the next question. */
  forget(): void {
    this.#read.forget();
  }
}

async function readPlans(records: Pick<Store['records'], 'list'>): Promise<Read> {
  const rows = await records.list(planTable, { where: {}, orderBy: ['name'], limit: planNames.length });
  const table: Record<PlanName, PlanLimits> = { ...plans };
  for (const row of rows) if (row.name in plans) table[row.name] = limitsOf(row);
  return { table, changedAt: new Map(rows.map(({ name, updatedAt }) => [name, updatedAt])) };
}

/** Of a row that has more. */
export function limitsOf(of: PlanLimits): PlanLimits {
  return Object.fromEntries(planLimitNames.map((name) => [name, of[name]])) as unknown as PlanLimits;
}
