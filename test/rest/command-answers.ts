import type { Artifacts, UploadTarget } from '../../src/kinds/command/application/artifacts.ts';
import type { SubmittedCommand } from '../../src/kinds/command/application/commands.ts';
import type { FleetMetrics } from '../../src/kinds/command/application/fleet-metrics.ts';
import type { FleetPage } from '../../src/kinds/command/application/fleet.ts';
import type { ListedCommands } from '../../src/kinds/command/application/jobs.ts';
import type { ProviderReport } from '../../src/kinds/command/application/provider-report.ts';
import type { QueueStatus, WaitingJobs } from '../../src/kinds/command/application/queue.ts';
import type { SecretView } from '../../src/kinds/command/application/secret-administration.ts';
import type { CommandFields, CommandInput, CommandJob } from '../../src/kinds/command/domain/types.ts';
import { noPool } from '../../src/kinds/command/domain/warm-pool.ts';
import type { WorkerJob } from '../../src/kinds/command/domain/worker/types.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const workerId = '01935a3e-7d20-7b41-8c52-6d7e8f9a0b1c';
const providerId = '01935a30-1b2c-7d3e-8f40-5a6b7c8d9e0f';
const at = Date.parse('2026-11-22T09:30:00.000Z');

const header = {
  ownerId: 'mira', createdAt: at, updatedAt: at, startedAt: at, endedAt: null, deadlineAt: null, traceparent: null,
  costMicroUsd: 0, items: new Map(), type: '', version: 4,
};
const input: CommandInput = {
  name: 'build', description: null, command: 'make', arguments: ['all'], script: null, environment: { CI: '1' },
  secrets: { TOKEN: 'npm/publish' }, workingDirectory: null, stdin: null,
  requirements: {
    provider: 'docker', image: null, cpuCores: 0.5, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null,
    labels: {},
  },
  priority: 0, timeoutMs: 60_000, graceMs: 10_000, startWithinMs: null, inputs: [], outputs: ['out'],
  dependsOn: [], onDependencyFailure: 'cancel',
  retry: { maxAttempts: 2, backoff: { firstMs: 1_000, maxMs: 60_000 }, on: 'lost' }, labels: {}, tags: [],
  webhookUrl: null, scheduleId: null,
};
const fields: CommandFields = {
  runAt: at,
  waitsFor: [],
  assignment: {
    workerId, providerId, providerType: 'docker', executionSagaId: id, provisioningSagaId: null, assignedAt: at,
    acceptedAt: at, runningSince: null,
  },
  exitCode: 137, signal: null, failure: { reason: 'INFRASTRUCTURE_ERROR', message: 'Its worker is gone.' },
  artifacts: [],
  executions: [
    {
      attempt: 1, workerId, providerId, assignedAt: at, startedAt: at, endedAt: at, exitCode: 137,
      failure: { reason: 'INFRASTRUCTURE_ERROR', message: 'Its worker is gone.' },
    },
  ],
  failedAssignments: 0, cancelRequested: false, cancelReason: null, recoverySagaId: null, dependents: [],
};
/** A job that is assigned for the second time. */
const commandJob: CommandJob = {
  ...header, id, kind: 'command', state: 'ASSIGNED', phase: 'active', attempt: 2, labels: { name: 'build' },
  parentId: null, lease: { token: 7, workerId }, input, fields,
};
const worker: WorkerJob = {
  ...header, id: workerId, kind: 'worker', state: 'BUSY', phase: 'active', attempt: 0, labels: {}, parentId: id,
  lease: null,
  input: {
    providerId, providerType: 'docker', spec: {}, registrationHash: 'r0', provisioningSagaId: id, lifetimeMs: null,
    pool: null,
  },
  fields: {
    resourceId: '3f4e8c0d9b7a', session: { number: 1, tokenHash: 't0', nonceHash: 'n0', agentVersion: '0.1.0' },
    jobId: id, mayStart: true, servedOwnerId: null, jobsDone: 0, endReason: null,
  },
};
const report: ProviderReport = {
  provider: {
    id: providerId, name: 'docker', type: 'docker', config: { network: 'bridge' }, status: 'ACTIVE', priority: 0,
    maxWorkers: 10, pool: noPool, labels: {}, site: null, createdAt: at, updatedAt: at, version: 1,
  },
  isElsewhere: false,
  activeWorkers: 1,
  capabilities: { images: true, limits: true, gpu: false, networkModes: ['bridge'] },
  spareWorkers: 0,
  health: { healthy: true, message: 'Docker 28.2.2', latencyMs: 4, at },
};
const secret: SecretView = { name: 'npm/publish', createdBy: 'mira', createdAt: at, updatedAt: at };

const submitted: SubmittedCommand = { job: commandJob, isNew: true };
const targets: readonly UploadTarget[] = [{ path: 'a.csv', objectKey: 'k/a.csv', url: 'http://test/put', headers: {} }];
const artifacts: Artifacts = { artifacts: [{ path: 'out/a', size: 3, url: 'http://test/get' }], purgedAt: null };
const workers: FleetPage = { workers: [{ ...worker, lastHeartbeatAt: at }], nextCursor: null };
const queue: QueueStatus = {
  states: { PENDING: 1, ASSIGNED: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0, TIMED_OUT: 0, CANCELLED: 0 }, updatedAt: at,
};

const listed: ListedCommands = { jobs: [commandJob], total: 1, totalCapped: false };
const waiting: WaitingJobs = { jobs: [{ job: commandJob, because: 'Every place for a worker is taken.' }], total: 1 };
const metrics: FleetMetrics = { at, jobs: { PENDING: 1 }, workers: { BUSY: 1 }, providers: [report] };

/** What each method of the command jobs' application answers. */
export const commandAnswers = {
  commands: { submit: submitted, list: listed, cancel: commandJob, upload: targets, artifacts },
  providers: {
    list: [report], get: report, register: report, update: report, delete: null, disable: report,
    test: report,
  },
  fleet: { workers, drain: null, queue, waiting, metrics },
  secrets: { list: [secret], put: secret, delete: null },
};
