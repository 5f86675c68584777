import { bulkLimit } from '../domain/decide.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { JobReads } from '../../../ports/store/store.ts';
import type { RequestContext } from '../../../application/request.ts';
import { cancelTask, removeTask, retryTask } from './commands.ts';
import type { TaskDependencies } from './dependencies.ts';
import { listTaskIds, type TaskFilter } from './queries.ts';
import type { Turns } from '../../../application/turns.ts';

export type BulkAction = 'cancel' | 'retry' | 'delete';

export type BulkSelection = { readonly ids: readonly string[] } | { readonly filter: TaskFilter };

export interface BulkOutcome {
  readonly results: readonly { readonly id: string; readonly result: Result<null> }[];
  /** Whether more tasks match the filter than were looked at (1,000): ask again. */
  readonly hasMore: boolean;
}

/** Chunks of all bulk requests that are under way at once. */
export const bulkTurns = 2;
/** Each task is loaded whole: large ones a few at a time, so that nobody else waits long for their turn. */
const [chunkTasks, chunkBytes] = [128, 524_288];

/** Which tasks an action can do anything to, when a filter names none of their states. */
const states: Readonly<Record<BulkAction, readonly string[]>> = {
  cancel: ['pending', 'processing'],
  retry: ['failed', 'canceled'],
  delete: ['completed', 'failed', 'canceled'],
};

export async function changeTasks(
  deps: TaskDependencies,
  turns: Turns,
  context: RequestContext,
  action: BulkAction,
  selection: BulkSelection,
): Promise<Result<BulkOutcome>> {
  const selected = await select(deps, context, action, selection);
  if (!selected.ok) return selected;
  const { ids, hasMore } = selected.value;
  const change = async (id: string): Promise<Result<null>> => {
    if (action === 'delete') return removeTask(deps, context, id);
    const after = await (action === 'cancel' ? cancelTask : retryTask)(deps, context, id);
    return after.ok ? ok(null) : after;
  };
  const results: BulkOutcome['results'][number][] = [];
  for (const some of await chunksOf(deps.store.jobs, ids)) {
    await turns.take(async () => {
      results.push(...(await Promise.all(some.map(async (id) => ({ id, result: await change(id) })))));
    });
  }
  return ok({ results, hasMore });
}

async function chunksOf(jobs: Pick<JobReads, 'sizes'>, ids: readonly string[]): Promise<readonly string[][]> {
  const sizes = await jobs.sizes(ids);
  const chunks: string[][] = [];
  let bytes = 0;
  for (const id of ids) {
    const last = chunks.at(-1);
    const size = sizes.get(id) ?? 0;
    bytes += size;
    if (last !== undefined && last.length < chunkTasks && bytes <= chunkBytes) last.push(id);
    else {
      chunks.push([id]);
      bytes = size;
    }
  }
  return chunks;
}

async function select(
  deps: TaskDependencies,
  context: RequestContext,
  action: BulkAction,
  selection: BulkSelection,
): Promise<Result<{ readonly ids: readonly string[]; readonly hasMore: boolean }>> {
  if ('ids' in selection) {
    const ids = [...new Set(selection.ids)];
    if (ids.length <= bulkLimit) return ok({ ids, hasMore: false });
    const message = `Too many ids: send at most ${bulkLimit} per request.`;
    return refuse('invalid_request', message, { fields: { ids: `at most ${bulkLimit}` } });
  }
  const { status } = selection.filter;
  const found: string[] = [];
  for (const state of status === undefined ? states[action] : [status]) {
    const ids = await listTaskIds(deps, context, { ...selection.filter, status: state }, bulkLimit - found.length);
    if (!ids.ok) return ids;
    found.push(...ids.value);
    if (found.length === bulkLimit) return ok({ ids: found, hasMore: true });
  }
  return ok({ ids: found, hasMore: false });
}
