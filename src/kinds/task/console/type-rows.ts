import { api } from '../../../console/server/api.ts';
import { forEachOf } from '../../../console/pages/jobs/all-jobs.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { taskRoutes } from '../contract/tasks.ts';
import type { workTypeRoutes } from '../contract/work-types.ts';

export type TypeRoutes = typeof workTypeRoutes;
export type TypeSettings = RouteAnswer<TypeRoutes['listWorkTypes']>['types'][number];

export interface TypeRow extends TypeSettings {
  readonly running: number;
  readonly waiting: number;
  /** When the task was made that has waited longest; null where none waits. */
  readonly oldestAt: string | null;
  /** Null while some worker asks, or nothing waits. */
  readonly unasked: { readonly askedAt: string | null } | null;
  /** How its tasks have fared within 24 hours; null where none has ended. */
  readonly day: RouteAnswer<CoreRoutes['listTypeTimes']>['types'][number] | null;
}

/** Types on a page. */
const mostTypes = 200;
const unset: Pick<TypeSettings, 'limits' | 'defaults' | 'searchable' | 'paused' | 'updatedAt'> = {
  limits: { maxRunning: null, maxRunningPerKey: 1, rate: null, ratePerKey: null },
  defaults: { maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 3_600_000 }, timeout: null },
  searchable: [],
  paused: false,
  updatedAt: null,
};

/** When the task was made that waits longest, among the newest 10,001 that the user sees. */
async function oldestOf(type: string, signal: AbortSignal): Promise<string | null> {
  const query = { kind: 'task', status: 'pending', type, limit: 1 };
  const { jobs, total } = await api().listJobs({ query }, { signal });
  if (total <= 1) return jobs[0]?.createdAt ?? null;
  const last = await api().listJobs({ query: { ...query, offset: Math.min(total - 1, 10_000) } }, { signal });
  return last.jobs[0]?.createdAt ?? null;
}

/** The types that something is set for, and those of which there are tasks. */
export async function loadTypes(signal: AbortSignal): Promise<readonly TypeRow[]> {
  const client = api<TypeRoutes & typeof taskRoutes>();
  const [{ types }, stats, times] = await Promise.all([
    client.listWorkTypes({}, { signal }),
    client.taskStats({}, { signal }),
    api().listTypeTimes({ query: { kind: 'task' } }, { signal }),
  ]);
  const known = new Map(types.map((type) => [type.type, type]));
  const names = [...new Set([...known.keys(), ...stats.jobs.map(({ type }) => type)])].slice(0, mostTypes);
  const sum = (type: string, isLeased: boolean): number =>
    stats.work
      .filter((one) => one.type === type && (one.stage === 'leased') === isLeased)
      .reduce((total, one) => total + one.count, 0);
  const oldest = new Map<string, string>();
  const waiting = names.filter((name) => sum(name, false) > 0).slice(0, mostTypes / 4);
  await forEachOf(waiting, 4, signal, async (type) => {
    const at = await oldestOf(type, signal);
    if (at !== null) oldest.set(type, at);
  });
  return names.map((type) => ({
    ...(known.get(type) ?? { type, ...unset }),
    running: sum(type, true),
    waiting: sum(type, false),
    oldestAt: oldest.get(type) ?? null,
    unasked: stats.unasked.find((one) => one.type === type) ?? null,
    day: times.types.find((one) => one.type === type) ?? null,
  }));
}
