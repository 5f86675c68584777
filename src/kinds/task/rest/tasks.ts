import type { BulkAction, BulkSelection } from '../application/bulk.ts';
import type { SubmitTask } from '../application/submit.ts';
import type { TaskFilter } from '../application/queries.ts';
import type { Tasks } from '../application/tasks.ts';
import type { Refusal, Result } from '../../../contract/errors.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import { listedTaskView, progressView, taskEventView, taskView } from '../contract/task-view.ts';
import type { bulkTasks, listTasks, taskEvents, taskRoutes, taskStats } from '../contract/tasks.ts';
import type { SentEvent } from '../../../transports/rest/event-stream.ts';
import { Permits, streamPermits } from '../../../transports/access/permits.ts';
import type { HandlersFor, RestRequest } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import { readTask, submission } from './submission.ts';

type Filter = RouteRequest<typeof listTasks>['query'];
type Stats = RouteAnswer<typeof taskStats>;
type Followed = Extract<Awaited<ReturnType<Tasks['follow']>>, { ok: true }>['value'];

export function taskHandlers(tasks: Tasks): HandlersFor<typeof taskRoutes> {
  const streams = new Permits(streamPermits);
  // Each is as much work as a thousand requests.
  const bulks = new Permits({ what: 'bulk request', perUser: 2, inAll: 0, retryAfterSeconds: 1 });
  return {
    submitTask: ({ context, body, idempotencyKey }) =>
      answering(tasks.submit(context, submission(body, idempotencyKey)), ({ task, isNew }) => ({
        ...taskView(task),
        deduplicated: !isNew,
      })),
    listTasks: ({ context, query: { limit, offset, cursor, fields = [], ...filter } }) => {
      const page = { limit, ...(offset !== undefined && { offset }), ...(cursor !== undefined && { cursor }) };
      const whole = fields.length > 0;
      return answering(tasks.list(context, { ...filterOf(filter), ...page, whole }), (found) => ({
        jobs: found.tasks.map((one) => listedTaskView(one, fields)),
        nextCursor: found.nextCursor,
      }));
    },
    getTask: ({ context, params }) =>
      answering(tasks.get(context, params.id), (task) => ({ ...taskView(task), waitingFor: task.waitingFor })),
    cancelTask: ({ context, params }) => answering(tasks.cancel(context, params.id), taskView),
    taskProgress: ({ params }) => answering(tasks.progress(params.id), progressView),
    taskEvents: (request) => follow(tasks, streams, request),
    bulkTasks: async (request) => {
      const { action } = request.body;
      const permit = bulks.take(request.context.caller.userId);
      if (!permit.ok) return permit;
      try {
        return await (action === 'create' ? submitMany(tasks, request) : changeMany(tasks, request, action));
      } finally {
        permit.value();
      }
    },
    retryTask: ({ context, params }) => answering(tasks.retry(context, params.id), taskView),
    taskLogs: ({ context, params, query }) =>
      answering(tasks.logs(context, params.id, query), ({ lines, nextAfter }) => ({
        lines: lines.map(({ number, at, level = 'info', attempt, text }) => ({
          number, at: iso(at), level, attempt, message: text,
        })),
        nextAfter,
      })),
    taskStats: ({ context }) => answering(tasks.stats(context), ({ unasked, ...stats }) => ({
      ...(stats as Omit<Stats, 'unasked'>),
      unasked: unasked.map((one) => ({ ...one, askedAt: isoOrNull(one.askedAt) })),
    })),
  };
}

function filterOf({ owner, ...filter }: Omit<Filter, 'limit' | 'offset' | 'cursor' | 'fields'>): TaskFilter {
  return owner === undefined ? filter : { ...filter, ownerId: owner };
}

async function follow(
  tasks: Tasks,
  streams: Permits,
  { context, params: { id }, query: { after } }: RestRequest<typeof taskEvents>,
): ReturnType<HandlersFor<typeof taskRoutes>['taskEvents']> {
  const found = await tasks.get(context, id);
  if (!found.ok) return found;
  if (found.value.endedAt !== null && after >= found.value.version) return { ok: true, value: null };
  const stopping = new AbortController();
  const followed = await tasks.follow(context, id, { after, signal: stopping.signal });
  if (!followed.ok) return followed;
  const place = streams.take(context.caller.userId);
  if (!place.ok) return place;
  const stop = (): void => {
    stopping.abort();
    place.value();
  };
  return { ok: true, value: { events: sent(followed.value), stop } };
}

async function* sent(groups: Followed): AsyncGenerator<readonly SentEvent[]> {
  for await (const group of groups) {
    yield group.map((event) => ({ id: event.sequence, type: event.body.type, data: taskEventView(event) }));
  }
}

type BulkRequest = RestRequest<typeof bulkTasks>;
type BulkAnswer = RouteAnswer<typeof bulkTasks>;
type BulkResult = BulkAnswer['results'][number];

/** Each is read and made by itself: what is wrong with one does not keep the others from being made. */
async function submitMany(
  tasks: Tasks,
  { context, body: { jobs = [] }, idempotencyKey }: BulkRequest,
): Promise<Result<BulkAnswer>> {
  const results: BulkResult[] = [];
  const good: { readonly at: number; readonly input: SubmitTask }[] = [];
  for (const [at, given] of jobs.entries()) {
    const read = readTask(given);
    if (!read.ok) {
      results[at] = unreadable(read.fields);
      continue;
    }
    const key = idempotencyKey === undefined ? undefined : `${idempotencyKey}#${at}`;
    good.push({ at, input: submission(read.value, key) });
  }
  const made = await tasks.submitAll(context, good.map(({ input }) => input));
  for (const [index, { at }] of good.entries()) {
    const result = made[index]!;
    results[at] = result.ok ? { id: result.value.task.id, ok: true } : refusedBy(result.refusal);
  }
  return { ok: true, value: bulkAnswer('create', results, false) };
}

function unreadable(fields: Readonly<Record<string, string>>): BulkResult {
  const [first = ''] = Object.entries(fields).map(([path, what]) => `${path} ${what}`);
  return refusedBy({ code: 'invalid_request', message: `The job is not valid: ${first}.`, details: { fields } });
}

function changeMany(
  tasks: Tasks,
  { context, body: { ids, filter } }: BulkRequest,
  action: BulkAction,
): Promise<Result<BulkAnswer>> {
  const selection: BulkSelection = ids === undefined ? { filter: filterOf(filter ?? {}) } : { ids };
  return answering(tasks.bulk(context, action, selection), ({ results, hasMore }) => {
    const each = results.map(({ id, result }) => (result.ok ? { id, ok: true } : refusedBy(result.refusal, id)));
    return bulkAnswer(action, each, hasMore);
  });
}

function refusedBy({ code, message, details }: Omit<Refusal, 'retryable'>, id: string | null = null): BulkResult {
  return { id, ok: false, error: { code, message, ...(details !== undefined && { details }) } };
}

function bulkAnswer(action: BulkAnswer['action'], results: readonly BulkResult[], hasMore: boolean): BulkAnswer {
  const succeeded = results.filter(({ ok }) => ok).length;
  return { action, succeeded, failed: results.length - succeeded, results, hasMore };
}
