import { count, money } from '../../../console/language/format.ts';
import type { Again, KindOfJob } from '../../../console/page.ts';
import { api } from '../../../console/server/api.ts';
import type { RouteInput } from '../../../contract/route.ts';
import type { taskRoutes } from '../contract/tasks.ts';
import { searchValue } from '../domain/search-keys.ts';
import type { TaskJob } from './task-job.ts';
import { say } from './job-texts.ts';

const taskOfJob: KindOfJob = {
  eventText: ({ type, data }) => eventText(type, data),
  again: again(),
};
export default taskOfJob;

function again(): Again {
  return {
    path: '/api/v1/jobs',
    bodyOf: (job) => {
      const task = job as unknown as TaskJob;
      const { type, data, priority, maxAttempts, backoff, timeout, totalItems, concurrencyKey, webhookUrl } = task;
      // What its type made of its data is made again.
      const labels = Object.entries(task.labels).filter(([name]) => searchValue(data, name) === null);
      return {
        type, data, ...(priority !== 0 && { priority }), maxAttempts, backoff, timeout,
        ...(totalItems !== null && { totalItems }), ...(concurrencyKey !== null && { concurrencyKey }),
        ...(webhookUrl !== null && { webhookUrl }),
        ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
      };
    },
    cliOf: ({ type, data, priority, maxAttempts, timeout, totalItems, concurrencyKey, webhookUrl, labels }, quote) => {
      const flag = (name: string, value: unknown): string =>
        (value === undefined || value === null ? '' : ` --${name} ${quote(String(value))}`);
      return `waybill task run ${quote(String(type))}${flag('data', data === null ? null : JSON.stringify(data))}` +
        flag('total-items', totalItems) + flag('priority', priority) + flag('max-attempts', maxAttempts) +
        flag('timeout-seconds', timeout === null ? null : Number(timeout) / 1_000) +
        flag('concurrency-key', concurrencyKey) + flag('webhook-url', webhookUrl) +
        Object.entries(labels ?? {}).map(([name, value]) => flag('label', `${name}=${value}`)).join('');
    },
    submit: async (body) => {
      const given = body as RouteInput<(typeof taskRoutes)['submitTask']>['body'];
      return (await api<typeof taskRoutes>().submitTask({ body: given })).id;
    },
  };
}

function eventText(type: string, data: Readonly<Record<string, unknown>>): string | undefined {
  const texts = say().events;
  const message = (data['error'] as { readonly message?: string } | undefined)?.message ?? '';
  switch (type) {
    case 'ProgressReported': {
      const done = count(Number(data['processed']));
      const { total } = data;
      return typeof total === 'number' ? texts.ProgressOf(done, count(total)) : texts.ProgressReported(done);
    }
    case 'ErrorReported': return texts.ErrorReported(message);
    case 'AttemptFailed': return texts.AttemptFailed(message);
    case 'TaskFailed': return texts.TaskFailed(message);
    case 'CostReported': return texts.CostReported(money(Number(data['microUsd'])));
    case 'StepCompleted': return texts.StepCompleted((data['step'] as { readonly name: string }).name);
    case 'TaskCanceled': return texts.TaskCanceled(String(data['reason'] ?? ''));
    case 'TaskCreated': case 'TaskStarted': case 'DependentAdded': case 'DependencyEnded': case 'CancelRequested':
    case 'TaskReleased': case 'TaskCompleted': case 'TaskRetried': case 'ChildStarted': case 'TaskSuspended':
      return texts[type];
    default: return undefined;
  }
}
