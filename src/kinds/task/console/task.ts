import { Cog, Layers } from 'lucide-preact';
import { count, money } from '../../../console/language/format.ts';
import type { Again, KindConsole } from '../../../console/page.ts';
import { api } from '../../../console/server/api.ts';
import type { RouteInput } from '../../../contract/route.ts';
import type { taskRoutes } from '../contract/tasks.ts';
import type { TaskJob } from './task-job.ts';
import { say } from './texts.ts';

type Status = TaskJob['status'];

const phases = {
  pending: 'waiting', processing: 'active', completed: 'succeeded', failed: 'failed', canceled: 'canceled',
} as const satisfies Record<Status, string>;

const isStatus = (status: string): status is Status => Object.hasOwn(phases, status);

export const taskConsole: KindConsole = {
  kind: 'task',
  icon: Cog,
  name: () => say().name,
  titleOf: ({ type }) => type ?? 'task',
  stateText: (status) => (isStatus(status) ? say().states[status] : status),
  phaseOf: (status) => (isStatus(status) ? phases[status] : undefined),
  details: () => import('./details.tsx'),
  eventText: ({ type, data }) => eventText(type, data),
  hasLog: true,
  again: again(),
  bulk: {
    cancel: (ids) => api<typeof taskRoutes>().bulkTasks({ body: { action: 'cancel', ids: [...ids] } }),
    retry: (ids) => api<typeof taskRoutes>().bulkTasks({ body: { action: 'retry', ids: [...ids] } }),
    delete: (ids) => api<typeof taskRoutes>().bulkTasks({ body: { action: 'delete', ids: [...ids] } }),
  },
  scheduled: [
    { name: 'type', label: () => say().fields.type, form: 'line', required: true },
    { name: 'data', label: () => say().fields.data, hint: () => say().fields.dataHint, form: 'json' },
  ],
  pages: [
    {
      path: '/types', title: () => say().types, load: () => import('./types.tsx'), role: 'operator',
      entry: { group: 'operate', icon: Layers, key: 't' },
    },
  ],
};

function again(): Again {
  return {
    path: '/api/v1/jobs',
    bodyOf: (job) => {
      const task = job as unknown as TaskJob;
      const { type, data, priority, maxAttempts, backoff, timeout, totalItems, concurrencyKey, webhookUrl } = task;
      return {
        type, data, ...(priority !== 0 && { priority }), maxAttempts, backoff, timeout,
        ...(totalItems !== null && { totalItems }), ...(concurrencyKey !== null && { concurrencyKey }),
        ...(webhookUrl !== null && { webhookUrl }),
      };
    },
    cliOf: ({ type, data, priority, maxAttempts, timeout, totalItems, concurrencyKey, webhookUrl }, quote) => {
      const flag = (name: string, value: unknown): string =>
        (value === undefined || value === null ? '' : ` --${name} ${quote(String(value))}`);
      return `waybill task submit ${quote(String(type))}${flag('data', data === null ? null : JSON.stringify(data))}` +
        flag('total-items', totalItems) + flag('priority', priority) + flag('max-attempts', maxAttempts) +
        flag('timeout-seconds', timeout === null ? null : Number(timeout) / 1_000) +
        flag('concurrency-key', concurrencyKey) + flag('webhook-url', webhookUrl);
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
    case 'TaskStarted': return texts.TaskStarted(String(data['workerId'] ?? ''));
    case 'ProgressReported':
      return texts.ProgressReported(
        count(Number(data['processed'])), typeof data['total'] === 'number' ? count(data['total']) : say().unknownTotal,
      );
    case 'ErrorReported': return texts.ErrorReported(message);
    case 'AttemptFailed': return texts.AttemptFailed(message);
    case 'TaskFailed': return texts.TaskFailed(message);
    case 'CostReported': return texts.CostReported(money(Number(data['microUsd'])));
    case 'TaskCanceled': return texts.TaskCanceled(String(data['reason'] ?? ''));
    case 'TaskCreated': case 'DependentAdded': case 'DependencyEnded': case 'CancelRequested': case 'TaskReleased':
    case 'TaskCompleted': case 'TaskRetried': return texts[type];
    default: return undefined;
  }
}
