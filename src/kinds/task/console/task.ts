import { Cog, Layers } from 'lucide-preact';
import type { KindConsole } from '../../../console/page.ts';
import { api } from '../../../console/server/api.ts';
import type { taskRoutes } from '../contract/tasks.ts';
import type { workTypeRoutes } from '../contract/work-types.ts';
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
  labelNames: async () =>
    (await api<typeof workTypeRoutes>().listWorkTypes()).types.flatMap(({ searchable }) => searchable),
  details: () => import('./details.tsx'),
  showsParts: true,
  ofJob: () => import('./of-job.ts'),
  hasLog: true,
  audited: () => say().audited,
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
