import type { ClientOf } from '../../../client/index.ts';
import { defineCommand } from '../../../transports/cli/command.ts';
import {
  anyText, oneOf, optional, pairsFlag, repeated, toggle, wholeNumber, type Flags, type FlagValues,
} from '../../../transports/cli/flag.ts';
import { endOf, goesOn } from '../../../transports/cli/job/follow.ts';
import { UsageProblem } from '../../../transports/cli/usage-problem.ts';
import type { CommandRoutes } from './client.ts';
import { commandExits, exitOfCommand } from './end.ts';
import { readInput, readTextFile, uploadInputs } from './files.ts';
import { byteSize, cores, environmentFlag, relative, seconds, words } from './values.ts';
import { waitForEnd } from './wait.ts';

const daySeconds = 86_400;

const flags = {
  name: optional('NAME', anyText, 'Name of the job, for people and lists. Default: that of its program. Short: -n.'),
  provider: optional('PROVIDER', anyText, 'Name or id of the provider. Default: the scheduler chooses. Short: -p.'),
  image: optional('IMAGE', anyText, 'Container image. Default: that of the provider.'),
  command: optional('COMMAND', anyText, 'A line for the shell; with --args, the program. Short: -c.'),
  args: optional('WORDS', words, 'Arguments of the program, split as a shell splits words; nothing is expanded.'),
  script: optional('FILE', anyText, 'A script of this machine: COMMAND runs it, or a shell where there is none.'),
  env: environmentFlag(
    'Variables of the command; repeat the flag, or separate them by commas. A part without = belongs to the value ' +
      'before it.',
  ),
  secret: pairsFlag('NAME=SECRET', 'Give the command the value of a stored secret as this variable; repeatable.'),
  workingDirectory: optional('PATH', anyText, 'Where the command starts. Default: its own work directory.'),
  timeout: optional(
    'SECONDS', seconds(0.1, 7 * daySeconds), 'How long the command may run. Default: an hour. Short: -t.',
  ),
  startWithin: optional(
    'SECONDS', seconds(1, 30 * daySeconds), 'How long the job may wait to be started. Default: for ever.',
  ),
  runAt: optional('TIME', anyText, 'Earliest start, such as 2026-11-22T09:30:00Z. Default: now.'),
  priority: optional('N', wholeNumber(-1_000, 1_000), 'Higher priorities start first. Default: 0.'),
  cpu: optional('CORES', cores, 'CPU limit, such as 0.5 or 500m. Default: that of the provider.'),
  memory: optional('SIZE', byteSize, 'Memory limit in bytes, or such as 512Mi or 1G. Default: that of the provider.'),
  gpu: optional('N', wholeNumber(0, 64), 'Number of GPUs. Default: 0.'),
  network: optional('MODE', anyText, 'Network mode, one of the provider’s. Default: its own.'),
  label: pairsFlag('NAME=VALUE', 'Label that lists find the job by; repeatable.'),
  input: repeated(
    'FILE[:PATH]', anyText,
    'File that is uploaded and brought into the work directory as PATH, or KEY:PATH for an object that is there ' +
      'already; repeatable.',
  ),
  output: repeated(
    'PATH', anyText, 'File, folder or pattern that is kept, relative to the work directory; repeatable.',
  ),
  dependsOn: repeated('ID', anyText, 'Job, of any kind, that must succeed first; repeatable.'),
  onDependencyFailure: optional(
    'WHAT', oneOf('cancel', 'run'), 'What to do if one of them does not succeed. Default: cancel.',
  ),
  retry: optional('N', wholeNumber(0, 99), 'Run it again up to N times if it fails. Default: 0.'),
  retryOn: optional(
    'WHAT', oneOf('failure', 'lost'), 'When to run it again: after any failure, or only if its worker was lost. ' +
      'Default: failure.',
  ),
  webhookUrl: optional('URL', anyText, 'Receives a signed POST with the job when it has ended.'),
  id: optional(
    'UUID', anyText, 'Id for the job: the same job again under it runs nothing, as long as no files are uploaded.',
  ),
  idempotencyKey: optional('KEY', anyText, 'Makes retries safe: a repeat does not create another job.'),
  wait: toggle('Wait until the job ends, with its log on standard error; exit as the command did.'),
} as const satisfies Flags;

type Values = FlagValues<typeof flags>;

export default defineCommand({
  name: 'job run',
  summary: 'Run a command in a container, a pod or a process',
  description:
    'A worker is started for the command and ended after it. Prints nothing but the id on standard output, so that ' +
    'JOB_ID=$(waybill job run ...) works; everything else goes to standard error.\n\nWith --command alone, a shell ' +
    'runs it. With --args it is the program, and those are its arguments.\n\nWith --wait the exit status is that of ' +
    'the command. Ctrl-C only stops waiting.',
  flags,
  shorts: { '-n': 'name', '-p': 'provider', '-c': 'command', '-t': 'timeout' },
  exits: commandExits,
  examples: [
    ['job run --command "echo hi"', 'by a shell, wherever there is room'],
    [
      'job run -n hello -p docker --image debian:12 -c \'echo "$A and $B"\' --env "A=1,B=2" -t 30',
      'in a container, for 30 seconds at most',
    ],
    ['job run --command bash --args "-c \'echo Processing && echo Done\'"', 'a program with its arguments'],
    ['job run --script build.sh --input src.tar --output dist.tar --wait', 'with files, to its end'],
    ['job run --command "npm publish" --secret NPM_TOKEN=npm/publish', 'with a secret'],
  ],
  async run(context, { flags: given }) {
    const { output, signal } = context;
    const client = context.client<CommandRoutes>();
    const body = await bodyOf(given, client, signal);
    const key = given.idempotencyKey === undefined ? {} : { idempotencyKey: given.idempotencyKey };
    const { deduplicated, ...job } = await client.submitCommand({ body, ...key }, { signal });
    if (!output.json) output.print(job.id);
    if (deduplicated) output.note(`Job ${job.id} was there already.`);
    if (!given.wait) {
      if (output.json) output.printJson({ ...job, deduplicated });
      else output.note(`Job ${job.id} is ${job.status}: \`waybill job watch ${job.id}\` follows it.`);
      return;
    }
    const ended = await waitForEnd(context, client, job.id, () => output.note(goesOn(job.id)));
    if (output.json) output.printJson(ended);
    else output.note(await endOf(context, ended));
    return exitOfCommand(ended);
  },
});

async function bodyOf(given: Values, client: ClientOf<CommandRoutes>, signal: AbortSignal) {
  const { command, script, args, timeout, startWithin, secret, env, label, input = [], output } = given;
  if (command === undefined && script === undefined) {
    throw new UsageProblem('--command is needed, or --script: waybill job run --command "echo hi"');
  }
  if (command === undefined && args !== undefined) throw new UsageProblem('--args needs --command, the program');
  // Everything is validated before anything is uploaded.
  const outputs = output?.map((path) => relative('--output', path));
  const text = script === undefined ? undefined : await readTextFile(script);
  const inputs = await Promise.all(input.map(readInput));
  return present({
    id: given.id,
    name: given.name,
    command: command ?? '',
    arguments: args,
    script: text,
    environment: env,
    secrets: secret,
    workingDirectory: given.workingDirectory,
    requirements: present({
      provider: given.provider, image: given.image, cpuCores: given.cpu, memoryBytes: given.memory,
      gpuCount: given.gpu, networkMode: given.network,
    }),
    priority: given.priority,
    runAt: given.runAt,
    timeoutMs: timeout,
    startWithinMs: startWithin,
    dependsOn: given.dependsOn,
    onDependencyFailure: given.onDependencyFailure,
    retry: given.retry === undefined
      ? undefined
      : { maxAttempts: given.retry + 1, on: given.retryOn ?? ('failure' as const) },
    labels: label,
    webhookUrl: given.webhookUrl,
    outputs,
    inputs: inputs.length === 0 ? undefined : await uploadInputs(client, inputs, signal),
  });
}

type Present<T> = { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/** Without what is undefined. */
function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
