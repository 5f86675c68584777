import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { Result } from '../../../contract/errors.ts';
import { createValueReader } from '../../../contract/input/reader.ts';
import { Problems } from '../../../contract/input/problems.ts';
import type { JobDefinition, JobDefinitionSchema, SchedulingInfo } from
  '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import { newCommand } from '../contract/new-command.ts';
import type { SubmitCommand } from '../application/commands.ts';
import type { CommandInput } from '../domain/types.ts';
import { priorities, priorityLevel } from './enums.ts';
import { badMessage, given, msOf, pathsBy, taken, type PathOf } from './reading.ts';

/** What a client gives as `queued_by` is a label of the job, so that lists find it. */
export const queuedByLabel = 'queued_by';

/** Where fields of REST's command stand in a JobDefinition. */
const places = {
  id: 'job_id.value',
  workingDirectory: 'working_directory',
  'requirements.provider': 'scheduling.preferred_provider',
  'requirements.image': 'image',
  'requirements.cpuCores': 'requirements.cpu_cores',
  'requirements.memoryBytes': 'requirements.memory_bytes',
  'requirements.diskBytes': 'requirements.disk_bytes',
  'requirements.gpuCount': 'requirements.gpu_count',
  'requirements.networkMode': 'network_mode',
  'requirements.labels': 'scheduling.required_labels',
  priority: 'scheduling.priority',
  timeoutMs: 'timeout.execution_timeout',
  graceMs: 'timeout.cleanup_timeout',
  startWithinMs: 'scheduling.deadline',
  'retry.maxAttempts': 'retry.max_attempts',
  'retry.backoff': 'retry.first_backoff',
  'retry.backoff.firstMs': 'retry.first_backoff',
  'retry.backoff.maxMs': 'retry.max_backoff',
  'retry.on': 'retry.on_failure',
  webhookUrl: 'webhook_url',
  dependsOn: 'depends_on',
};

export function definitionPaths(parent: string): PathOf {
  const path = pathsBy(places, parent);
  return (field) => path(field).replace(/(\binputs\.\d+\.)objectKey$/, '$1object_key');
}

const readCommand = createValueReader(newCommand, false);

/** Reads a definition by the rules of REST. `queuedBy`: may be empty. */
export function commandOf(definition: JobDefinition, queuedBy: string, parent: string): Result<SubmitCommand> {
  const problems = new Problems();
  addUnsupported(definition, problems, parent);
  if (problems.found) return badMessage(problems.fields());
  const labels = { ...(queuedBy !== '' && { [queuedByLabel]: queuedBy }), ...definition.labels };
  const asked = {
    ...given('id', definition.jobId?.value ?? '', ''), ...given('name', definition.name, ''),
    ...contentOf(definition), labels,
    dependsOn: definition.dependsOn.map(({ value }) => value),
    onDependencyFailure: definition.runIfDependencyFails ? 'run' : 'cancel',
  };
  return taken(readCommand(asked), definitionPaths(parent)) as Result<SubmitCommand>;
}

/** All but the id, the name, the labels and the dependencies, as REST takes it. */
export function contentOf(definition: JobDefinition): Readonly<Record<string, unknown>> {
  const { requirements, scheduling, timeout, retry, stdin } = definition;
  const wanted = {
    ...given('provider', scheduling?.preferredProvider ?? '', ''),
    ...given('image', definition.image, ''),
    ...given('cpuCores', requirements?.cpuCores ?? 0, 0),
    ...given('memoryBytes', Number(requirements?.memoryBytes ?? 0), 0),
    ...given('diskBytes', Number(requirements?.diskBytes ?? 0), 0),
    ...given('gpuCount', requirements?.gpuCount ?? 0, 0),
    ...given('networkMode', definition.networkMode, ''),
    labels: { ...definition.selector?.matchLabels, ...scheduling?.requiredLabels },
  };
  return {
    ...given('description', definition.description, ''),
    command: definition.command,
    arguments: definition.arguments,
    ...given('script', definition.script, ''),
    environment: definition.environment,
    secrets: definition.secrets,
    ...given('workingDirectory', definition.workingDirectory, ''),
    ...given('stdin', stdin, undefined),
    requirements: wanted,
    priority: priorities[(scheduling?.priority ?? 0) as keyof typeof priorities],
    ...given('timeoutMs', msOf(timeout?.executionTimeout), undefined),
    ...given('graceMs', msOf(timeout?.cleanupTimeout), undefined),
    ...given('startWithinMs', msOf(scheduling?.deadline), undefined),
    inputs: definition.inputs.map(({ objectKey, path }) => ({ objectKey, path })),
    outputs: definition.outputs,
    retry: retry === undefined ? {} : retryOf(retry),
    tags: definition.tags,
    ...given('webhookUrl', definition.webhookUrl, ''),
  };
}

/** One pause that is given alone makes room for the other, which is the usual one. */
function retryOf(
  { maxAttempts, firstBackoff, maxBackoff, onFailure }: NonNullable<JobDefinition['retry']>,
): Readonly<Record<string, unknown>> {
  const [first, most] = [msOf(firstBackoff), msOf(maxBackoff)];
  const backoff = first === undefined && most === undefined ? undefined : {
    firstMs: first ?? Math.min(usualPause.firstMs, most ?? usualPause.firstMs),
    maxMs: most ?? Math.max(usualPause.maxMs, first ?? 0),
  };
  return {
    ...given('maxAttempts', maxAttempts, 0), ...given('backoff', backoff, undefined),
    on: onFailure ? 'failure' : 'lost',
  };
}

const usualPause = { firstMs: 1_000, maxMs: 60_000 };

/** What clients of other systems may send, and nothing here does. */
export function addUnsupported(definition: JobDefinition, problems: Problems, parent: string): void {
  const { requirements, scheduling, timeout, selector } = definition;
  const refuse = (isSet: boolean, field: string, advice = 'is not supported: leave it out'): void => {
    if (isSet) problems.add(`${parent}.${field}`, advice);
  };
  refuse(definition.tolerations.length > 0, 'tolerations');
  refuse((requirements?.gpuTypes.length ?? 0) > 0, 'requirements.gpu_types');
  refuse(Object.keys(requirements?.customRequired ?? {}).length > 0, 'requirements.custom_required');
  refuse(scheduling?.preemptionAllowed ?? false, 'scheduling.preemption_allowed');
  refuse(Object.keys(scheduling?.requiredAnnotations ?? {}).length > 0, 'scheduling.required_annotations');
  refuse((scheduling?.preferredRegion ?? '') !== '', 'scheduling.preferred_region');
  refuse(!isTheScheduler(scheduling?.schedulerName ?? ''), 'scheduling.scheduler_name', schedulerAdvice);
  refuse(timeout?.heartbeatTimeout !== undefined, 'timeout.heartbeat_timeout');
  const required: SchedulingInfo['requiredLabels'] = scheduling?.requiredLabels ?? {};
  for (const [name, value] of Object.entries(selector?.matchLabels ?? {})) {
    const both = Object.hasOwn(required, name) && required[name] !== value;
    refuse(both, 'selector.match_labels', 'must not contradict scheduling.required_labels');
  }
}

export const schedulerAdvice = 'must be left out, or "default": there is one scheduler';

export function isTheScheduler(name: string): boolean {
  return name === '' || name === 'default';
}

type Definition = Exclude<MessageInitShape<typeof JobDefinitionSchema>, JobDefinition>;

/**
 * The definition as it was queued. It includes the label `queued_by` like any other, so it can be queued again
 * unchanged.
 */
export function definitionOf(jobId: string, input: CommandInput): Definition {
  const { requirements: wanted, retry, stdin, startWithinMs } = input;
  return {
    jobId: { value: jobId },
    name: input.name,
    description: input.description ?? '',
    command: input.command,
    arguments: [...input.arguments],
    environment: { ...input.environment },
    requirements: {
      cpuCores: wanted.cpuCores ?? 0, memoryBytes: BigInt(wanted.memoryBytes ?? 0),
      diskBytes: BigInt(wanted.diskBytes ?? 0), gpuCount: wanted.gpuCount,
    },
    scheduling: {
      priority: priorityLevel(input.priority), preferredProvider: wanted.provider ?? '',
      requiredLabels: { ...wanted.labels },
      ...(startWithinMs !== null && { deadline: durationFromMs(startWithinMs) }),
    },
    timeout: { executionTimeout: durationFromMs(input.timeoutMs), cleanupTimeout: durationFromMs(input.graceMs) },
    tags: [...input.tags],
    image: wanted.image ?? '',
    workingDirectory: input.workingDirectory ?? '',
    secrets: { ...input.secrets },
    inputs: input.inputs.map(({ objectKey, path }) => ({ objectKey, path })),
    outputs: [...input.outputs],
    retry: {
      maxAttempts: retry.maxAttempts, firstBackoff: durationFromMs(retry.backoff.firstMs),
      maxBackoff: durationFromMs(retry.backoff.maxMs), onFailure: retry.on === 'failure',
    },
    networkMode: wanted.networkMode ?? '',
    script: input.script ?? '',
    ...(stdin !== null && { stdin }),
    webhookUrl: input.webhookUrl ?? '',
    dependsOn: input.dependsOn.map((value) => ({ value })),
    runIfDependencyFails: input.onDependencyFailure === 'run',
    labels: { ...input.labels },
  };
}
