import type * as z from 'zod';
import { sharedView, type ProgressView } from '../../../contract/job-view.ts';
import type { DeepReadonly } from '../../../contract/route.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import type { CommandJob } from '../domain/types.ts';
import {
  largeCommandFields, stateNumbers, type commandJob, type CommandState, type listedCommandJob,
} from './command-fields.ts';

type Shown = Omit<CommandJob, 'items' | 'version' | 'traceparent'>;
export type CommandJobView = DeepReadonly<z.output<typeof commandJob>>;
type Large = Pick<CommandJobView, (typeof largeCommandFields)[number]>;

/** A command job in responses and webhooks, without the values of its secrets. */
export function commandJobView(job: Shown): CommandJobView {
  return { ...smallOf(job), ...largeOf(job) };
}

/** As lists have it: of what may be large with what was asked for. */
export function commandJobSummary(
  job: Shown,
  fields: readonly string[],
): DeepReadonly<z.output<typeof listedCommandJob>> {
  const asked = largeCommandFields.filter((name) => fields.includes(name));
  if (asked.length === 0) return smallOf(job);
  const whole = largeOf(job);
  return { ...smallOf(job), ...Object.fromEntries(asked.map((name) => [name, whole[name]])) };
}

/** It has no items. */
function progressOf({ phase }: Shown): ProgressView {
  return { done: 0, failed: 0, total: null, percent: phase === 'succeeded' ? 100 : 0 };
}

function smallOf(job: Shown): Omit<CommandJobView, keyof Large> {
  const { attempt, input, fields } = job;
  const { assignment } = fields;
  const state = job.state as CommandState;
  return {
    ...sharedView<'command', CommandState>(job),
    progress: progressOf(job),
    name: input.name,
    state,
    stateNumber: stateNumbers[state],
    exitCode: fields.exitCode,
    signal: fields.signal,
    failure: fields.failure ?? null,
    assignment: assignment && {
      workerId: assignment.workerId,
      providerId: assignment.providerId,
      providerType: assignment.providerType,
      assignedAt: iso(assignment.assignedAt),
      acceptedAt: isoOrNull(assignment.acceptedAt),
      startedAt: isoOrNull(assignment.runningSince),
    },
    attempt,
    maxAttempts: input.retry.maxAttempts,
    priority: input.priority,
    timeoutMs: input.timeoutMs,
    graceMs: input.graceMs,
    startWithinMs: input.startWithinMs,
    runAt: iso(fields.runAt),
    cancelRequested: fields.cancelRequested,
    cancelReason: fields.cancelReason,
    workingDirectory: input.workingDirectory,
    webhookUrl: input.webhookUrl,
    scheduleId: input.scheduleId,
  };
}

function largeOf({ input, fields }: Shown): Large {
  const { description, command, script, environment, secrets, stdin, requirements } = input;
  const { inputs, outputs, dependsOn, onDependencyFailure, retry, tags } = input;
  return {
    description, command, arguments: input.arguments, script, environment, secrets, stdin, requirements, inputs,
    outputs, dependsOn, waitsFor: fields.waitsFor, onDependencyFailure, retry, tags,
    artifacts: fields.artifacts.map(({ path, size }) => ({ path, size })),
    executions: fields.executions.map((execution) => ({
      attempt: execution.attempt,
      workerId: execution.workerId,
      providerId: execution.providerId,
      assignedAt: iso(execution.assignedAt),
      startedAt: isoOrNull(execution.startedAt),
      endedAt: iso(execution.endedAt),
      exitCode: execution.exitCode,
      failure: execution.failure,
    })),
  };
}
