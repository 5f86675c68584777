import * as z from 'zod';
import { count, jobId, limits, line } from '../../../contract/fields.ts';
import { dependsOn, onDependencyFailure } from '../../../contract/dependencies.ts';
import { isStorable } from '../../../contract/input/text.ts';
import { labelsOf } from '../../../contract/labels.ts';
import { moment } from '../../../contract/moment.ts';
import { jsonFits, textFits } from '../../../contract/sizes.ts';
import { webhookUrl } from '../../../contract/webhook-url.ts';
import { labelLimits } from '../../../domain/job/labels.ts';
import { objectKeyProblem } from '../../../domain/object-key.ts';

/** What is submitted, whichever transport it comes by: nothing from outside is without a limit. */
export const commandLimits = {
  nameLength: 200,
  descriptionLength: 2_000,
  /** Of the command and of each argument, in UTF-8: Linux takes 128 KiB. */
  commandBytes: 65_536,
  arguments: 1_000,
  variables: 500,
  /** Of a variable's value, in UTF-8. */
  variableBytes: 65_536,
  secrets: 100,
  /** Of a script and of what is read from standard input, in UTF-8. */
  textBytes: 1_048_576,
  /** Of all of it as JSON in UTF-8. */
  jobBytes: 1_048_576,
  pathLength: 1_024,
  imageLength: 512,
  files: 100,
  tags: 50,
  tagLength: 100,
  /** Of a provider, and of what a job asks of it. */
  providerLabels: 16,
  /** Of the job itself: two more are its name and its provider. */
  labels: labelLimits.count - 2,
  minTimeoutMs: 100,
  maxTimeoutMs: 7 * 86_400_000,
  graceMs: 600_000,
  startWithinMs: 30 * 86_400_000,
  backoffMs: 86_400_000,
  maxAttempts: 100,
  priority: 1_000,
  cpuCores: { min: 0.01, max: 1_024 },
  gpuCount: 64,
} as const;

const max = commandLimits;

/** Text of any number of lines. */
function text(bytes: number) {
  return z
    .string()
    .refine((given) => textFits(given, bytes), { error: `must have at most ${bytes} bytes` })
    .refine(isStorable, { error: 'must have no NUL and no half of a surrogate pair' })
    .meta({ maxLength: bytes });
}

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, {
    error: 'must be named by letters, digits and _, and not begin with a digit',
  });

/** Relative to the work directory, and inside of it. */
export const relativePath = z.string().max(max.pathLength).refine((path) => objectKeyProblem(path) === null, {
  error: 'must be relative to the work directory, without empty, . or .. segments',
});

/** A provider's name. */
export const providerName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: 'must have 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end',
  });

/** A provider's id is a UUID, which has the form of a name. */
export const providerIdOrName = providerName.describe('A provider’s id or name.');

export const secretName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,252}$/, {
    error: 'must have 1 to 253 letters, digits and . _ - / and begin with a letter, a digit or _',
  });

const jobLabels = labelsOf(max.labels).refine((labels) => !('name' in labels) && !('provider' in labels), {
  error: 'must not contain name or provider: jobs already have these labels',
});

const bytes = count(Number.MAX_SAFE_INTEGER, 1);

const requirements = z
  .object({
    provider: providerIdOrName.exactOptional().describe('A provider’s id or name. Default: the scheduler chooses.'),
    image: z
      .string()
      .regex(/^\S{1,512}$/, { error: `must have 1 to ${max.imageLength} characters and no space` })
      .exactOptional()
      .describe('Container image. Default: that of the provider.'),
    cpuCores: z.number().min(max.cpuCores.min).max(max.cpuCores.max).exactOptional(),
    memoryBytes: bytes.exactOptional(),
    diskBytes: bytes.exactOptional(),
    gpuCount: count(max.gpuCount).exactOptional(),
    networkMode: line(255).exactOptional().describe('One of the provider’s network modes. Default: its own.'),
    labels: labelsOf(max.providerLabels).exactOptional().describe('Labels that the provider has to have.'),
  })
  .meta({ id: 'CommandRequirements', description: 'What the worker has to have; what is left out is its provider’s.' });

const retry = z
  .object({
    maxAttempts: count(max.maxAttempts, 1).exactOptional().describe('Executions at most. Default: 1.'),
    backoff: z
      .object({ firstMs: count(max.backoffMs), maxMs: count(max.backoffMs) })
      .refine(({ firstMs, maxMs }) => firstMs <= maxMs, { path: ['maxMs'], error: 'must be at least firstMs' })
      .exactOptional()
      .describe('Pauses between executions, which double. Milliseconds.'),
    on: z
      .enum(['lost', 'failure'])
      .exactOptional()
      .describe('`lost`, the default: only when the worker was lost. `failure`: also when the command failed.'),
  })
  .meta({ id: 'CommandRetry' });

/** All but its name, its id, when it is due and what it waits for, which are a schedule's where that submits it. */
export const scheduledCommandFields = {
  description: text(max.descriptionLength).exactOptional().describe('For people.'),
  command: text(max.commandBytes).refine((given) => given.trim() !== '', { error: 'must not be empty' }).describe(
    'A line for the shell; with `arguments`, a program; with `script`, what runs the script. At most 64 KB.',
  ),
  arguments: z.array(text(max.commandBytes)).max(max.arguments).exactOptional(),
  script: text(max.textBytes).exactOptional().describe('A file that `command` is given. At most 1 MiB.'),
  environment: z
    .record(variable, text(max.variableBytes))
    .refine((variables) => Object.keys(variables).length <= max.variables, {
      error: `must have at most ${max.variables} entries`,
    })
    .exactOptional()
    .describe('Variables of the command. Stored with the job: not for secrets.'),
  secrets: z
    .record(variable, secretName)
    .refine((secrets) => Object.keys(secrets).length <= max.secrets, {
      error: `must have at most ${max.secrets} entries`,
    })
    .exactOptional()
    .describe('Names of secrets, by the variable that the command finds the value in.'),
  workingDirectory: line(max.pathLength)
    .exactOptional()
    .describe('Relative to the work directory, or absolute. Default: the work directory.'),
  stdin: text(max.textBytes).exactOptional().describe('What the command reads from standard input. At most 1 MiB.'),
  requirements: requirements.exactOptional(),
  priority: count(max.priority, -max.priority).exactOptional().describe('The greatest goes first. Default: 0.'),
  timeoutMs: count(max.maxTimeoutMs, max.minTimeoutMs)
    .exactOptional()
    .describe('How long the command may run. Milliseconds. Default: the server’s, an hour unless it is configured.'),
  graceMs: count(max.graceMs)
    .exactOptional()
    .describe('Between SIGTERM and SIGKILL when it is to stop. Milliseconds. Default: 10,000.'),
  startWithinMs: count(max.startWithinMs, 1)
    .exactOptional()
    .describe(
      'How long it may wait to be started, from when it is due and waits for no other job; then it is `TIMED_OUT`. ' +
        'Milliseconds. Default: for ever.',
    ),
  inputs: z
    .array(z.object({ objectKey: z.string().min(1).max(limits.objectKeyLength), path: relativePath }))
    .max(max.files)
    .exactOptional()
    .describe('Files that are brought into the work directory first: those of `POST /api/commands/uploads`.'),
  outputs: z
    .array(relativePath)
    .max(max.files)
    .exactOptional()
    .describe('Files, folders and patterns that are kept afterwards, relative to the work directory.'),
  retry: retry.exactOptional(),
  labels: jobLabels.exactOptional().describe('What lists find the job by, at most 14.'),
  tags: z.array(line(max.tagLength)).max(max.tags).exactOptional(),
  webhookUrl: webhookUrl.exactOptional().describe('Receives a signed POST with the job when it has ended.'),
};

/** A client's definition of a command to run. Every transport validates its requests with it. */
export const newCommand = z
  .object({
    id: jobId.exactOptional().describe('UUID of the job: the same request under it again changes nothing.'),
    name: line(max.nameLength).exactOptional().describe('For people, and for lists. Default: that of the program.'),
    ...scheduledCommandFields,
    command: text(max.commandBytes)
      .default('')
      .describe(`${scheduledCommandFields.command.description} May be left out with \`script\`: a shell runs that.`),
    runAt: moment.exactOptional().describe('Earliest start, at most 36525 days from now. Default: now.'),
    dependsOn: dependsOn.exactOptional(),
    onDependencyFailure: onDependencyFailure.exactOptional(),
  })
  .superRefine((job, { addIssue }) => {
    const issue = (path: readonly string[], message: string): void =>
      addIssue({ code: 'custom', path: [...path], message });
    const isBlank = job.command.trim() === '';
    if (isBlank && job.script === undefined) issue(['command'], 'must not be empty, unless there is a script');
    if (isBlank && (job.arguments?.length ?? 0) > 0) issue(['command'], 'must name the program of the arguments');
    for (const name of Object.keys(job.secrets ?? {})) {
      if (Object.hasOwn(job.environment ?? {}, name)) issue(['secrets', name], 'must not be in environment as well');
    }
    if (!jsonFits(job, max.jobBytes)) issue([], `must have at most ${max.jobBytes} bytes of JSON`);
  });
