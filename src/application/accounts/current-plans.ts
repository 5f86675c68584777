import {
  planLimitNames, planNames, plans, type PlanLimits, type PlanName, type PlanTable,
} from '../../domain/account/plans.ts';
import type { Store } from '../../ports/store/store.ts';
import { declareTable, type VersionedRow } from '../../ports/store/tables.ts';
import type { Clock } from '../../ports/world.ts';

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

/** The limits of all plans, read now and then: whoever decides by them asks for it before. */
export class CurrentPlans {
  readonly #records: Pick<Store['records'], 'list'>;
  readonly #clock: Clock;
  #table: PlanTable = plans;
  #changedAt: ReadonlyMap<string, number> = new Map();
  #readAt = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(records: Pick<Store['records'], 'list'>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** As last read. */
  get table(): PlanTable {
    return this.#table;
  }

  /** Null: the plan is as it ships. */
  changedAt(name: PlanName): number | null {
    return this.#changedAt.get(name) ?? null;
  }

  /** Reads them again, unless that was done a moment ago. */
  refresh(): Promise<void> | undefined {
    const now = this.#clock.now();
    if (now - this.#readAt < freshMs && now >= this.#readAt) return undefined;
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** Has them read at the next question. */
  forget(): void {
    this.#readAt = -Infinity;
  }

  async #read(): Promise<void> {
    const now = this.#clock.now();
    const rows = await this.#records.list(planTable, { where: {}, orderBy: ['name'], limit: planNames.length });
    const table: Record<PlanName, PlanLimits> = { ...plans };
    for (const row of rows) if (row.name in plans) table[row.name] = limitsOf(row);
    this.#table = table;
    this.#changedAt = new Map(rows.map(({ name, updatedAt }) => [name, updatedAt]));
    this.#readAt = now;
  }
}

/** Of a row that has more. */
export function limitsOf(of: PlanLimits): PlanLimits {
  return Object.fromEntries(planLimitNames.map((name) => [name, of[name]])) as unknown as PlanLimits;
}
