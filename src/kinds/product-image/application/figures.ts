import type { Dependencies } from '../../../application/dependencies.ts';
import { placeOf } from '../../../domain/job/id.ts';
import { usdOf } from '../domain/costs.ts';
import { productImage } from '../domain/kind.ts';
import { productImageLifecycle } from '../domain/lifecycle.ts';
import type { PipelineSettings } from './pipeline/settings.ts';
import { spendingOf } from './pipeline/spending.ts';

export interface Figures {
  readonly total: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly totalCostUsd: number;
  readonly meanCostUsd: number;
  readonly meanDurationSeconds: number;
  readonly failureRate: number;
  readonly spending?: {
    readonly todayUsd: number; readonly dailyLimitUsd: number | null; readonly pausedUntil: string | null;
  };
  readonly today: { readonly total: number; readonly done: number; readonly failed: number };
}

type Deps = Pick<Dependencies, 'store' | 'clock'>;

/** All jobs are read for them. */
const freshMs = 2_000;
const pageSize = 1_000;
const dayMs = 86_400_000;

/** Asked again within two seconds, they are the same. */
export function figuresOf(deps: Deps, pipeline: PipelineSettings | null): () => Promise<Figures> {
  let last: { readonly at: number; readonly figures: Promise<Figures> } | null = null;
  return () => {
    const now = deps.clock.now();
    if (last === null || Math.abs(now - last.at) >= freshMs) {
      const figures = computed(deps, pipeline, now);
      last = { at: now, figures };
      figures.catch(() => (last = null));
    }
    return last.figures;
  };
}

async function computed(deps: Deps, pipeline: PipelineSettings | null, now: number): Promise<Figures> {
  const { store } = deps;
  const spending = pipeline === null ? {} : { spending: await shownSpending(deps, pipeline.dailyLimitMicroUsd) };
  const midnight = now - (now % dayMs);
  const { stateNames } = productImageLifecycle;
  const byStatus: Record<string, number> = Object.fromEntries(stateNames.map((name) => [name, 0]));
  const today = { total: 0, done: 0, failed: 0 };
  let [total, cost, duration] = [0, 0, 0];
  const scopes = [{ kind: productImage.name, ownerId: null }];
  for (let before: string | undefined; ; ) {
    const page = await store.jobs.list({ scopes, limit: pageSize, ...(before !== undefined && { before }) });
    for (const { state, costMicroUsd, createdAt, startedAt, endedAt } of page) {
      total += 1;
      byStatus[state] = (byStatus[state] ?? 0) + 1;
      cost += costMicroUsd;
      if (createdAt >= midnight) today.total += 1;
      const endedToday = endedAt !== null && endedAt >= midnight;
      if (state === 'DONE') duration += (endedAt ?? 0) - (startedAt ?? createdAt);
      if (state === 'DONE' && endedToday) today.done += 1;
      if (state === 'FAILED' && endedToday) today.failed += 1;
    }
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < pageSize) break;
    before = placeOf(oldest);
  }
  const [done, failed] = [byStatus['DONE'] ?? 0, byStatus['FAILED'] ?? 0];
  return {
    total, byStatus, totalCostUsd: usdOf(cost),
    meanCostUsd: share(usdOf(cost), total),
    meanDurationSeconds: share(duration / 1_000, done),
    failureRate: share(failed, done + failed),
    today,
    ...spending,
  };
}

async function shownSpending(deps: Deps, limit: number | null): Promise<NonNullable<Figures['spending']>> {
  const { todayMicroUsd, limitMicroUsd, pausedUntil } = await spendingOf(deps, limit);
  return {
    todayUsd: usdOf(todayMicroUsd),
    dailyLimitUsd: limitMicroUsd === null ? null : usdOf(limitMicroUsd),
    pausedUntil: pausedUntil === null ? null : new Date(pausedUntil).toISOString(),
  };
}

/** 0 of nothing. */
function share(sum: number, of: number): number {
  return of === 0 ? 0 : sum / of;
}
