import type { Again, KindOfJob } from '../../../console/page.ts';
import { api } from '../../../console/server/api.ts';
import type { RouteInput } from '../../../contract/route.ts';
import type { commandRoutes } from '../contract/commands.ts';
import type { CommandJob } from './command-job.ts';
import { say } from './job-texts.ts';

const commandOfJob: KindOfJob = {
  eventText: ({ type, status }) => eventText(type, status),
  stepText: (name) => (Object.hasOwn(say().steps, name) ? say().steps[name as 'ExecuteJob'] : undefined),
  again: again(),
};
export default commandOfJob;

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
