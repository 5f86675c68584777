import { Container, SquareTerminal } from 'lucide-preact';
import type { Again, KindConsole } from '../../../console/page.ts';
import { api } from '../../../console/server/api.ts';
import type { RouteInput } from '../../../contract/route.ts';
import type { commandRoutes } from '../contract/commands.ts';
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
  details: () => import('./details.tsx'),
  eventText: ({ type, status }) => eventText(type, status),
  hasLog: true,
  again: again(),
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

/** Without what is empty, or as it would be anyway. */
function given(all: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(all).filter(
      ([, value]) => value !== null && value !== 0 && JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}',
    ),
  );
}

function again(): Again {
  return {
    path: '/api/commands',
    bodyOf: (job) => {
      const command = job as unknown as CommandJob;
      const { name, description, command: line, arguments: words, script, environment, secrets, stdin } = command;
      const { requirements, inputs, outputs, retry, tags, priority, timeoutMs, workingDirectory, webhookUrl } = command;
      return given({
        name,
        description,
        command: line,
        arguments: words,
        script,
        environment,
        secrets,
        stdin,
        requirements: given(requirements),
        inputs,
        outputs,
        retry,
        tags,
        priority,
        timeoutMs,
        workingDirectory,
        webhookUrl,
      });
    },
    cliOf: (body, quote) => {
      const {
        name,
        command,
        script,
        environment = {},
        secrets = {},
        requirements = {},
        outputs = [],
        timeoutMs,
      } = body as Partial<CommandJob>;
      const flag = (of: string, value: unknown): string =>
        value === undefined || value === null ? '' : ` --${of} ${quote(String(value))}`;
      const pairs = (of: string, values: Readonly<Record<string, string>>): string =>
        Object.entries(values)
          .map(([key, value]) => flag(of, `${key}=${value}`))
          .join('');
      const words = (body['arguments'] as readonly string[] | undefined)?.map(quote).join(' ');
      return (
        `waybill job run${flag('name', name)}${flag('command', command)}${flag('args', words)}` +
        flag('script', script === undefined ? undefined : 'script.sh') +
        pairs('env', environment) +
        pairs('secret', secrets) +
        flag('provider', (requirements as CommandJob['requirements']).provider) +
        flag('image', (requirements as CommandJob['requirements']).image) +
        outputs.map((path) => flag('output', path)).join('') +
        flag('timeout', timeoutMs === undefined ? undefined : timeoutMs / 1_000)
      );
    },
    submit: async (body) => {
      const sent = body as NonNullable<RouteInput<(typeof commandRoutes)['submitCommand']>['body']>;
      return (await api<typeof commandRoutes>().submitCommand({ body: sent })).id;
    },
  };
}

function eventText(type: string, status: string | null): string | undefined {
  const texts = say().events;
  switch (type) {
    case 'JobStatusChanged':
      if (status === 'RUNNING') return texts.running;
      if (status === 'PENDING') return texts.again;
      return status === null || !Object.hasOwn(texts, status) ? undefined : texts[status as 'FAILED'];
    case 'JobCreated':
    case 'JobAssigned':
    case 'JobAccepted':
    case 'DependentAdded':
    case 'DependencyEnded':
    case 'DeadlineCorrected':
    case 'CancelRequested':
    case 'WorkerLost':
    case 'JobRetried':
      return texts[type];
    default:
      return undefined;
  }
}
