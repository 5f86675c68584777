import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { placeOf } from '../../../domain/job/id.ts';
import { parseLeaseId } from '../../../domain/lease.ts';
import type { TakenJob, TakeOptions } from '../../../application/work/dispatch.ts';
import type { TaskApplication } from '../../../kinds/task/application/application.ts';
import type { BulkOutcome } from '../../../kinds/task/application/bulk.ts';
import type { TaskStats } from '../../../kinds/task/application/queries.ts';
import type { SubmitTask } from '../../../kinds/task/application/submit.ts';
import { task } from '../../../kinds/task/domain/kind.ts';
import { systemClock } from '../../node/world.ts';
import { inOrder, type Cells } from './cells.ts';
import { nameKind } from './name-kind.ts';
import { mergedPage, sourcesOf, type Asked } from './pages.ts';
import { cellOfId } from './place.ts';

type Tasks = TaskApplication['tasks'];
type Dispatch = TaskApplication['work'];
type WorkTypes = TaskApplication['workTypes'];

/** The use cases of tasks, each run in the cell that it is about. */
export function createTaskApplicationOf(cells: Cells, apart: Pick<Jobs, 'get'>): TaskApplication {
  return { tasks: tasksOf(cells, apart), work: workOf(cells), workTypes: workTypesOf(cells) };
}

function tasksOf(cells: Cells, apart: Pick<Jobs, 'get'>): Tasks {
  const ofId = (id: string): Tasks => cells.part(cells.ofId(id), 'tasks');
  /** Jobs with objects of their own are named to those who may see them. */
  const on = async <T>(context: RequestContext, id: string, use: (tasks: Tasks) => Promise<Result<T>>) => {
    if (cellOfId(id) !== 0) return use(ofId(id));
    return (await nameKind(apart, context, id, task.name)) ?? use(ofId(id));
  };
  const each = cells.all.map((cell) => cells.part(cell, 'tasks'));
  return {
    submit: async (context, input) => {
      const cell = cells.ofType(input.type);
      return refusedApart(cells, cell, input) ?? cells.part(cell, 'tasks').submit(context, input);
    },
    submitAll: (context, inputs) =>
      inOrder(inputs, ({ type }) => cells.ofType(type), async (cell, some) => {
        const refused = some.map((input) => refusedApart(cells, cell, input));
        const sent = some.filter((_, at) => refused[at] === null);
        const made = sent.length === 0 ? [] : await cells.part(cell, 'tasks').submitAll(context, sent);
        let next = 0;
        return refused.map((problem) => problem ?? made[next++]!);
      }),
    get: (context, id) => on(context, id, (tasks) => tasks.get(context, id)),
    progress: (id) => ofId(id).progress(id),
    cancel: (context, id) => on(context, id, (tasks) => tasks.cancel(context, id)),
    retry: (context, id) => on(context, id, (tasks) => tasks.retry(context, id)),
    remove: (context, id) => on(context, id, (tasks) => tasks.remove(context, id)),
    follow: (context, id, options) => on(context, id, (tasks) => tasks.follow(context, id, options)),
    logs: (context, id, options) => on(context, id, (tasks) => tasks.logs(context, id, options)),
    list: async (context, filter) => {
      const [only, ...more] = each;
      if (only !== undefined && more.length === 0) return only.list(context, filter);
      const { offset: _, cursor: __, ...matching } = filter;
      const lists = each.map((tasks) => (page: Asked) => tasks.list(context, { ...matching, ...page }));
      const sources = sourcesOf(lists, ({ tasks }) => tasks);
      const found = await mergedPage(sources, { placeOf, newestFirst: true }, filter);
      return found.ok ? ok({ tasks: found.value.rows, nextCursor: found.value.nextCursor }) : found;
    },
    bulk: async (context, action, selection) => {
      if ('filter' in selection) {
        return together(await Promise.all(each.map((tasks) => tasks.bulk(context, action, selection))));
      }
      const refused: Result<never>[] = [];
      const results = await inOrder(selection.ids, (id) => cells.ofId(id), async (cell, ids) => {
        const done = await cells.part(cell, 'tasks').bulk(context, action, { ids });
        if (done.ok) return done.value.results;
        refused.push(done);
        return [];
      });
      return refused[0] ?? ok({ results, hasMore: false });
    },
    stats: async (context) => {
      const all = await Promise.all(each.map((tasks) => tasks.stats(context)));
      const found: TaskStats[] = [];
      for (const stats of all) {
        if (!stats.ok) return stats;
        found.push(stats.value);
      }
      return ok(summed(found));
    },
  };
}

/** What may wait for what, is in one cell. */
function refusedApart(
  cells: Cells,
  cell: number,
  { dependsOn = [] }: SubmitTask,
): (Result<never> & { ok: false }) | null {
  const elsewhere = dependsOn.find((id) => cells.ofId(id) !== cell);
  if (elsewhere === undefined) return null;
  const message = `Job ${elsewhere} is in another cell, where no task of this type can wait for it: see TASK_CELLS.`;
  return refuse('invalid_request', message, { fields: { dependsOn: 'is in another cell' } });
}

function together(outcomes: readonly Result<BulkOutcome>[]): Result<BulkOutcome> {
  const results: BulkOutcome['results'][number][] = [];
  let hasMore = false;
  for (const outcome of outcomes) {
    if (!outcome.ok) return outcome;
    results.push(...outcome.value.results);
    hasMore ||= outcome.value.hasMore;
  }
  return ok({ results, hasMore });
}

/** A type that was moved to another cell is counted in both. */
function summed(all: readonly TaskStats[]): TaskStats {
  const sums = <T extends { readonly count: number }>(rows: readonly T[], keyOf: (row: T) => string): readonly T[] => {
    const byKey = new Map<string, T>();
    for (const row of rows) {
      const key = keyOf(row);
      byKey.set(key, { ...row, count: row.count + (byKey.get(key)?.count ?? 0) });
    }
    return [...byKey.values()];
  };
  return {
    jobs: sums(all.flatMap(({ jobs }) => jobs), ({ type, status }) => `${type} ${status}`),
    work: sums(all.flatMap(({ work }) => work), ({ type, stage }) => `${type} ${stage}`),
    unasked: all.flatMap(({ unasked }) => unasked),
  };
}

function workOf(cells: Cells): Dispatch {
  const part = (cell: number): Dispatch => cells.part(cell, 'work');
  const ofLease = (leaseId: string): number => cells.ofId(parseLeaseId(leaseId)?.thingId ?? '');
  const report: Dispatch['report'] = (workerId, reports) =>
    inOrder(reports, ({ leaseId }) => ofLease(leaseId), (cell, some) => part(cell).report(workerId, some));
  return {
    report,
    now: () => systemClock.now(),
    take: (options) => {
      const byPlace = Map.groupBy(options.types, (type) => cells.ofType(type));
      const takes = [...byPlace].map(([cell, types]) => (asked: Partial<TakeOptions>) =>
        part(cell).take({ ...options, ...asked, types }));
      const [first] = takes;
      return takes.length === 1 && first !== undefined ? first({}) : takeOfSeveral(takes, options, report);
    },
    renew: async (heartbeat) => {
      const { leaseIds, types = [] } = heartbeat;
      const leases = Map.groupBy(leaseIds, ofLease);
      const wanted = Map.groupBy(types, (type) => cells.ofType(type));
      const asked = heartbeat.stopping ? cells.all : [...new Set([...leases.keys(), ...wanted.keys()])];
      const renewed = await Promise.all(asked.map((cell) =>
        part(cell).renew({ ...heartbeat, leaseIds: leases.get(cell) ?? [], types: wanted.get(cell) ?? [] })));
      const byLease = new Map(renewed.flat().map((one) => [one.leaseId, one]));
      return leaseIds.map((leaseId) => byLease.get(leaseId) ?? { leaseId, leasedUntil: null, cancelRequested: false });
    },
    startChildren: async (workerId, leaseId, children) => {
      const cell = ofLease(leaseId);
      const elsewhere = children.find(({ type }) => cells.ofType(type) !== cell);
      if (elsewhere === undefined) return part(cell).startChildren(workerId, leaseId, children);
      const message = `Tasks of the type ${elsewhere.type} are in another cell than their parent: see TASK_CELLS.`;
      return refuse('invalid_request', message, { fields: { type: 'is in another cell' } });
    },
    describe: async (inputSchemas) => {
      const byPlace = Map.groupBy(Object.entries(inputSchemas), ([type]) => cells.ofType(type));
      await Promise.all([...byPlace].map(([cell, some]) => part(cell).describe(Object.fromEntries(some))));
    },
  };
}

/** A look into each cell, and where that is in vain a wait in all of them, of which the first that has work ends it. */
async function takeOfSeveral(
  takes: readonly ((asked: Partial<TakeOptions>) => Promise<Result<readonly TakenJob[]>>)[],
  { workerId, limit, waitMs, signal }: TakeOptions,
  report: Dispatch['report'],
): Promise<Result<readonly TakenJob[]>> {
  const taken: TakenJob[] = [];
  for (const take of takes) {
    if (taken.length === limit) return ok(taken);
    const found = await take({ limit: limit - taken.length, waitMs: 0 });
    if (!found.ok) return taken.length > 0 ? ok(taken) : found;
    taken.push(...found.value);
  }
  if (taken.length > 0 || waitMs === 0 || signal?.aborted) return ok(taken);
  const found = new AbortController();
  const ended = signal === undefined ? found.signal : AbortSignal.any([signal, found.signal]);
  const all = await Promise.all(takes.map(async (take) => {
    const one = await take({ signal: ended });
    if (!one.ok || one.value.length > 0) found.abort();
    return one;
  }));
  const jobs = all.flatMap((one) => (one.ok ? one.value : []));
  const refused = all.find((one) => !one.ok);
  if (jobs.length === 0 && refused !== undefined) return refused;
  const tooMany = jobs.slice(limit);
  if (tooMany.length > 0) await report(workerId, tooMany.map(({ leaseId }) => ({ leaseId, type: 'release' })));
  return ok(jobs.slice(0, limit));
}

function workTypesOf(cells: Cells): WorkTypes {
  const of = (type: string): WorkTypes => cells.part(cells.ofType(type), 'workTypes');
  return {
    list: async (context) => {
      const found = await Promise.all(cells.all.map(async (cell) => {
        const types = await cells.part(cell, 'workTypes').list(context);
        return types.ok ? ok(types.value.filter(({ name }) => cells.ofType(name) === cell)) : types;
      }));
      const refused = found.find((types) => !types.ok);
      return refused ?? ok(found.flatMap((types) => (types.ok ? types.value : [])));
    },
    get: (context, name) => of(name).get(context, name),
    pause: (context, name) => of(name).pause(context, name),
    resume: (context, name) => of(name).resume(context, name),
    put: (context, name, change) => of(name).put(context, name, change),
  };
}
