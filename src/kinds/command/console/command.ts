import { Container, SquareTerminal } from 'lucide-preact';
import type { KindConsole } from '../../../console/page.ts';
import type { CommandJob } from './command-job.ts';
import { say } from './texts.ts';

type State = CommandJob['state'];

const phases = {
  PENDING: 'waiting',
  ASSIGNED: 'active',
  RUNNING: 'active',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'canceled',
} as const satisfies Record<State, string>;

const isState = (status: string): status is State => Object.hasOwn(phases, status);

export const commandConsole: KindConsole = {
  kind: 'command',
  icon: SquareTerminal,
  name: () => say().name,
  titleOf: (job) => (job as unknown as Pick<CommandJob, 'name'>).name,
  stateText: (status) => (isState(status) ? say().states[status] : status),
  phaseOf: (status) => (isState(status) ? phases[status] : undefined),
  labelNames: async () => ['name', 'provider'],
  details: () => import('./details.tsx'),
  ofJob: () => import('./of-job.ts'),
  hasLog: true,
  audited: () => say().audited,
  workers: () => import('./fleet.tsx'),
  scheduled: [
    {
      name: 'command',
      label: () => say().fields.command,
      hint: () => say().fields.commandHint,
      form: 'text',
      required: true,
    },
    {
      name: 'requirements',
      label: () => say().fields.requirements,
      hint: () => say().fields.requirementsHint,
      form: 'json',
    },
    { name: 'outputs', label: () => say().fields.outputs, form: 'json' },
    { name: 'timeoutMs', label: () => say().fields.timeoutMs, form: 'json' },
  ],
  pages: [
    {
      path: '/commands',
      title: () => say().commands,
      load: () => import('./commands.tsx'),
      role: 'operator',
      entry: { group: 'work', icon: SquareTerminal, key: 'c' },
    },
    {
      path: '/providers',
      title: () => say().providers,
      load: () => import('./providers.tsx'),
      role: 'operator',
      entry: { group: 'operate', icon: Container, key: 'o' },
    },
  ],
};
