import type { Audit, AuditTrail } from '../../../application/audit/audit.ts';
import { beginNote } from '../../../application/audit/audit.ts';
import type { JobPage, ListJobs } from '../../../application/jobs/list.ts';
import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { CountedJobs } from '../../../application/jobs/stats.ts';
import type { LogView } from '../../../application/logs/follow-log.ts';
import type { Logs } from '../../../application/logs/logs.ts';
import type { TypeTimes } from '../../../application/times/times.ts';
import type { Workers, WorkerView } from '../../../application/work/workers.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import type { Ids } from '../../../ports/world.ts';
import type { Cells } from './cells.ts';
import { mergedPage, sourcesOf, type Asked, type Source } from './pages.ts';
import { cellOfId, firstCell } from './place.ts';

/** What each kind of place lists: jobs with an object of their own, or those of a cell. */
interface JobPlace {
  /** By name, with what their rows have on request. */
  readonly kinds: ReadonlyMap<string, readonly string[]>;
  readonly jobs: Pick<Jobs, 'list' | 'stats'>;
}

/** Jobs of all kinds: `apart` are those with objects of their own, of these kinds. */
export function jobsOf(cells: Cells, cellKinds: JobPlace['kinds'], apart: Jobs, apartKinds: JobPlace['kinds']): Jobs {
  const of = (id: string): Jobs => (cellOfId(id) === 0 ? apart : cells.part(cells.ofId(id), 'jobs'));
  const places: readonly JobPlace[] = [
    { kinds: apartKinds, jobs: apart },
    ...cells.all.map((cell) => ({ kinds: cellKinds, jobs: cells.part(cell, 'jobs') })),
  ];
  return {
    list: (context, filter) => listOf(places, (jobs, page) => jobs.list(context, page), filter),
    stats: async (context, ownerId) => {
      const all = await Promise.all(places.map(({ jobs }) => jobs.stats(context, ownerId)));
      const sums = new Map<string, CountedJobs>();
      for (const counted of all) {
        if (!counted.ok) return counted;
        for (const one of counted.value) {
          const key = `${one.kind} ${one.status}`;
          const known = sums.get(key);
          sums.set(key, known === undefined ? one : {
            ...one, count: known.count + one.count, capped: known.capped || one.capped,
          });
        }
      }
      return ok([...sums.values()]);
    },
    // All of a kind that has figures are in the first cell.
    figures: async (context) => (await cells.part(firstCell, 'jobs').figures?.(context)) ?? {},
    get: (context, id) => of(id).get(context, id),
    cancel: (context, id) => of(id).cancel(context, id),
    retry: (context, id) => of(id).retry(context, id),
    events: (context, id, options) => of(id).events(context, id, options),
    sagas: (context, id) => of(id).sagas(context, id),
    history: (context, id) => of(id).history(context, id),
  };
}

/**
 * The places that have jobs of the kind; where none is named, those that know what is filtered by: a status that one
 * place has no job in is refused only where no other place has.
 */
async function listOf(
  places: readonly JobPlace[],
  list: (jobs: JobPlace['jobs'], page: ListJobs) => Promise<Result<JobPage>>,
  { limit, cursor, offset, ...filter }: ListJobs,
): Promise<Result<JobPage>> {
  const { kind } = filter;
  const named = places.filter(({ kinds }) => kind === undefined || kinds.has(kind));
  const asked = named.length === 0 ? places.slice(0, 1) : named;
  const totals = new Map<JobPlace, Pick<JobPage, 'total' | 'totalCapped'>>();
  const refusals: Result<never>[] = [];
  const sources = asked.map((place): Source<unknown> => async (page) => {
    const fields = fieldsOf(place, asked, filter.fields);
    const found = await list(place.jobs, { ...filter, ...page, ...(fields !== undefined && { fields }) });
    if (found.ok) {
      totals.set(place, found.value);
      return ok({ rows: found.value.jobs, nextCursor: found.value.nextCursor });
    }
    if (found.refusal.code !== 'invalid_request') return found;
    refusals.push(found);
    return ok({ rows: [], nextCursor: null });
  });
  const placeOf = (row: unknown): string => (row as { readonly id: string }).id;
  const page = await mergedPage(sources, { placeOf, newestFirst: true }, {
    limit, ...(cursor !== undefined && { cursor }), ...(offset !== undefined && { offset }),
  });
  if (!page.ok) return page;
  const [refused] = refusals;
  if (totals.size === 0 && refused !== undefined) return refused;
  return ok({
    jobs: page.value.rows,
    nextCursor: page.value.nextCursor,
    total: [...totals.values()].reduce((sum, { total }) => sum + total, 0),
    totalCapped: [...totals.values()].some(({ totalCapped }) => totalCapped),
  });
}

/** Of the fields that are asked for, those that rows of the place have; what no place has, it is to refuse. */
function fieldsOf(
  { kinds }: JobPlace,
  places: readonly JobPlace[],
  fields: readonly string[] | undefined,
): readonly string[] | undefined {
  const has = (of: JobPlace['kinds'], field: string): boolean => [...of.values()].some((own) => own.includes(field));
  return fields?.filter((field) => has(kinds, field) || !places.some((place) => has(place.kinds, field)));
}

/** `apart`: jobs with objects of their own, which have no logs. */
export function logsOf(cells: Cells, apart: Pick<Jobs, 'get'>): Logs {
  const of = (id: string) => cells.part(cells.ofId(id), 'logs');
  return {
    page: async (context, id, options) => {
      if (cellOfId(id) !== 0) return of(id).page(context, id, options);
      const found = await apart.get(context, id);
      return found.ok ? ok({ lines: [], dropped: [], nextAfter: null, lastLine: 0 }) : found;
    },
    all: (context, id) => of(id).all(context, id),
    file: (context, id) => of(id).file(context, id),
    follow: async (context, id, options, view) => {
      const followed = await of(id).follow(context, id, options);
      if (!followed.ok || followed.value === null) return followed as Result<null>;
      return ok(viewed(followed.value, view));
    },
  };
}

async function* viewed<T>(
  groups: AsyncIterable<Parameters<LogView<T>['of']>[0]>,
  view: LogView<T>,
): AsyncGenerator<T> {
  for await (const group of groups) {
    const made = view.of(group);
    yield made;
    view.free(made);
  }
}

export function workersOf(cells: Cells): Workers {
  return {
    list: async (options) => {
      let complete = true;
      const lists = cells.all.map((cell) => (page: Asked) => cells.part(cell, 'workers').list(page));
      const sources = sourcesOf(lists, (page) => {
        complete &&= page.complete;
        return page.workers;
      });
      const page = await mergedPage(sources, { placeOf: ({ id }) => id, newestFirst: false }, options);
      if (!page.ok) return page;
      const { rows, nextCursor } = page.value;
      return ok({ workers: oncePerWorker(rows), complete, nextCursor });
    },
  };
}

/** A worker that takes of several cells is noted in each. */
function oncePerWorker(rows: readonly WorkerView[]): readonly WorkerView[] {
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((notes) => notes.reduce((one, other) => ({
    ...one,
    types: [...new Set([...one.types, ...other.types])],
    since: Math.min(one.since, other.since),
    heardAt: Math.max(one.heardAt, other.heardAt),
    holds: { count: one.holds.count + other.holds.count, jobs: [...one.holds.jobs, ...other.holds.jobs] },
  })));
}

export function typeTimesOf(cells: Cells): TypeTimes {
  return {
    list: async (context, kind) => {
      const days = await Promise.all(cells.all.map((cell) => cells.part(cell, 'typeTimes').list(context, kind)));
      const refused = days.find((day) => !day.ok);
      if (refused !== undefined) return refused;
      const found = days.flatMap((day) => (day.ok ? [day.value] : []));
      return ok({
        from: Math.min(...found.map(({ from }) => from)),
        types: found.flatMap(({ types }) => types),
        truncated: found.some(({ truncated }) => truncated),
      });
    },
  };
}

/** Entries are where what they tell of was changed, and of what is in no cell in the first. */
export function auditOf(cells: Cells): Audit {
  return {
    list: async (context, filter) => {
      const lists = cells.all.map((cell) => (page: Asked) =>
        cells.part(cell, 'audit').list(context, { ...filter, ...page }));
      const sources = sourcesOf(lists, ({ entries }) => entries);
      const page = await mergedPage(sources, { placeOf: ({ id }) => id, newestFirst: true }, filter);
      if (!page.ok) return page;
      return ok({ entries: page.value.rows, nextCursor: page.value.nextCursor });
    },
  };
}

export function auditTrailOf(cells: Cells, ids: Ids): AuditTrail {
  return {
    begin: (by, what) => beginNote(ids, by, what),
    finish: async (note) => {
      if (note.isDue) await cells.part(firstCell, 'auditTrail').store(note.entry);
    },
  };
}
