import type { Dependencies } from '../../../../application/dependencies.ts';
import { counters } from '../../../../ports/store/counters.ts';
import { usdOf } from '../../domain/costs.ts';
import { dayOf, nextDay, spendingCounter } from '../../domain/calls.ts';

export interface Spending {
  /** Of all jobs since midnight in UTC, calls under way as estimated. Micro-dollars. */
  readonly todayMicroUsd: number;
  /** Null: there is none. Micro-dollars. */
  readonly limitMicroUsd: number | null;
  /** Until when calls that cost something wait; null: they do not. Milliseconds since 1970. */
  readonly pausedUntil: number | null;
}

export async function spendingOf(
  { store, clock }: Pick<Dependencies, 'store' | 'clock'>,
  limitMicroUsd: number | null,
): Promise<Spending> {
  const now = clock.now();
  const row = await store.records.get(counters, [spendingCounter, dayOf(now), '']);
  const todayMicroUsd = row?.value ?? 0;
  const isReached = limitMicroUsd !== null && todayMicroUsd >= limitMicroUsd;
  return { todayMicroUsd, limitMicroUsd, pausedUntil: isReached ? nextDay(now) : null };
}

/** For metrics. */
export function spendingGauges(deps: Pick<Dependencies, 'store' | 'clock'>, limitMicroUsd: number | null) {
  const spending = (): Promise<Spending> => spendingOf(deps, limitMicroUsd);
  return [
    {
      name: 'waybill_product_image_spending_usd',
      help: 'What product images have cost since midnight in UTC, calls under way as estimated.',
      read: async () => usdOf((await spending()).todayMicroUsd),
    },
    {
      name: 'waybill_product_image_spending_paused',
      help: '1 while calls that cost something wait for the next day (AI_DAILY_SOFT_LIMIT_USD), else 0.',
      read: async () => Number((await spending()).pausedUntil !== null),
    },
  ];
}
