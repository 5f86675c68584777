import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { RequestContext } from '../application.ts';
import type { BulkAction, BulkOutcome, BulkSelection } from '../task-application.ts';
import { cancelTask, removeTask, retryTask } from './commands.ts';
import type { TaskDependencies } from './dependencies.ts';
import { listTasks } from './queries.ts';

/** Tasks of one bulk request, at most. */
export const bulkLimit = 1_000;

/** Which tasks an action can do anything to, when a filter names none of their states. */
const states: Readonly<Record<BulkAction, readonly string[]>> = {
  cancel: ['pending', 'processing'],
  retry: ['failed', 'canceled'],
  delete: ['completed', 'failed', 'canceled'],
};

export async function changeTasks(
  deps: TaskDependencies,
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
  const results = await Promise.all(ids.map(async (id) => ({ id, result: await change(id) })));
  return ok({ results, hasMore });
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
    return refuse('invalid_request', `At most ${bulkLimit} ids at once.`, { fields: { ids: `at most ${bulkLimit}` } });
  }
  const { status } = selection.filter;
  const found: string[] = [];
  for (const state of status === undefined ? states[action] : [status]) {
    const limit = bulkLimit - found.length;
    if (limit === 0) return ok({ ids: found, hasMore: true });
    const page = await listTasks(deps, context, { ...selection.filter, status: state, limit });
    if (!page.ok) return page;
    found.push(...page.value.tasks.map(({ id }) => id));
    if (page.value.nextCursor !== null) return ok({ ids: found, hasMore: true });
  }
  return ok({ ids: found, hasMore: found.length === bulkLimit });
}
