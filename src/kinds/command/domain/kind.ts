import { withDependent, withoutDependency } from '../../../domain/job/dependencies.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { Evolution, Kind } from '../../../domain/job/kind.ts';
import { create, decide } from './decide.ts';
import { commandLifecycle } from './lifecycle.ts';
import type {
  CommandCommand, CommandEvent, CommandFields, CommandInput, CommandResult, Execution,
} from './types.ts';
import type { Failure } from './failure.ts';

/** How many executions of a job are remembered: the newest. */
const keptExecutions = 20;

export const command: Kind<CommandFields, CommandCommand, CommandEvent> = {
  name: 'command',
  lifecycle: commandLifecycle,
  access: { role: 'operator', sees: 'own' },
  internal: false,
  create,
  decide,
  begin: ({ runAt, waitsFor }) => ({
    runAt,
    waitsFor,
    assignment: null,
    exitCode: null,
    signal: null,
    failure: null,
    artifacts: [],
    executions: [],
    failedAssignments: 0,
    cancelRequested: false,
    cancelReason: null,
    recoverySagaId: null,
    dependents: [],
  }),
  evolve,
  itemCount: () => 0,
  logged: ({ fields: { failure } }) => ({ costEstimate: 0, error: failure?.message ?? null, inputKey: () => null }),
  labels: ({ input: { name, requirements, labels } }) => ({
    ...labels, name, ...(requirements.provider !== null && { provider: requirements.provider }),
  }),
  correlation: ({ id }) => id,
  dependsOn: ({ input }) => (input as CommandInput).dependsOn,
  dependents: ({ fields }) => fields.dependents,
  webhookUrl: ({ input }) => (input as CommandInput).webhookUrl,
};

function evolve(job: Job<CommandFields>, event: CommandEvent, at: number): Evolution<CommandFields> {
  const { fields } = job;
  switch (event.type) {
    case 'JobCreated':
    case 'DeadlineCorrected':
      return { fields };
    case 'DependentAdded':
      return { fields: withDependent(fields, event) };
    case 'DependencyEnded':
      return { fields: withoutDependency(fields, event) };
    case 'JobAssigned': {
      const assignment = { ...event.assignment, assignedAt: at, acceptedAt: null, runningSince: null };
      return { fields: { ...fields, assignment } };
    }
    case 'JobAccepted': {
      const { assignment } = fields;
      return { fields: { ...fields, assignment: assignment && { ...assignment, acceptedAt: at } } };
    }
    case 'JobStatusChanged':
      return statusChanged(job, event, at);
    case 'CancelRequested':
      return { fields: { ...fields, cancelRequested: true, cancelReason: event.reason } };
    case 'WorkerLost':
      return { fields: { ...fields, recoverySagaId: event.recoverySagaId } };
    case 'JobRetried':
      return {
        fields: {
          ...fields, runAt: event.runAt, waitsFor: event.waitsFor, exitCode: null, signal: null, failure: null,
          artifacts: [], failedAssignments: 0, cancelRequested: false, cancelReason: null,
        },
      };
  }
}

function statusChanged(
  job: Job<CommandFields>,
  event: CommandEvent & { readonly type: 'JobStatusChanged' },
  at: number,
): Evolution<CommandFields> {
  const { fields } = job;
  if (event.state === 'RUNNING') {
    const { assignment } = fields;
    return {
      fields: { ...fields, failedAssignments: 0, assignment: assignment && { ...assignment, runningSince: at } },
      started: true,
    };
  }
  const { result, failure } = event;
  const over = {
    ...fields,
    assignment: null,
    recoverySagaId: null,
    executions: withExecution(job, { result, failure, endedAt: at }),
    exitCode: result?.exitCode ?? null,
    signal: result?.signal ?? null,
    failure,
  };
  if (event.state === 'PENDING') {
    const { runAt, failedAssignments } = event;
    return { fields: { ...over, runAt, failedAssignments } };
  }
  const cancelReason = event.state === 'CANCELLED' ? (event.reason ?? 'requested') : fields.cancelReason;
  return {
    fields: { ...over, artifacts: result?.artifacts ?? [], cancelReason, waitsFor: [], dependents: [] },
  };
}

function withExecution(
  { attempt, fields: { assignment, executions } }: Job<CommandFields>,
  { result, failure, endedAt }: { result: CommandResult | null; failure: Failure | null; endedAt: number },
): readonly Execution[] {
  if (assignment === null) return executions;
  const { workerId, providerId, assignedAt, runningSince } = assignment;
  const execution: Execution = {
    attempt, workerId, providerId, assignedAt, startedAt: runningSince, endedAt, exitCode: result?.exitCode ?? null,
    failure,
  };
  return [...executions, execution].slice(-keptExecutions);
}
