import type { JobContract } from '../../../contract/jobs.ts';
import { commandJob, largeCommandFields, listedCommandJob } from './command-fields.ts';

/** Command jobs as the documents show them. */

export const exampleProviderId = '01935a30-1b2c-7d3e-8f40-5a6b7c8d9e0f';
export const exampleWorkerId = '01935a3e-7d20-7b41-8c52-6d7e8f9a0b1c';

export const listedCommand = {
  id: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41',
  kind: 'command',
  type: null,
  ownerId: 'mira',
  status: 'RUNNING',
  phase: 'active',
  createdAt: '2026-11-22T09:30:00.000Z',
  updatedAt: '2026-11-22T09:30:01.420Z',
  startedAt: '2026-11-22T09:30:01.420Z',
  endedAt: null,
  deadlineAt: null,
  progress: { done: 0, failed: 0, total: null, percent: 0 },
  labels: { name: 'nightly-build', provider: 'docker' },
  costMicroUsd: 0,
  parentId: null,
  name: 'nightly-build',
  state: 'RUNNING',
  stateNumber: 3,
  exitCode: null,
  signal: null,
  failure: null,
  assignment: {
    workerId: exampleWorkerId,
    providerId: exampleProviderId,
    providerType: 'docker',
    assignedAt: '2026-11-22T09:30:00.080Z',
    acceptedAt: '2026-11-22T09:30:01.310Z',
    startedAt: '2026-11-22T09:30:01.420Z',
  },
  attempt: 1,
  maxAttempts: 2,
  priority: 0,
  timeoutMs: 600_000,
  graceMs: 10_000,
  startWithinMs: null,
  runAt: '2026-11-22T09:30:00.000Z',
  cancelRequested: false,
  cancelReason: null,
  workingDirectory: null,
  webhookUrl: null,
  scheduleId: null,
} as const;

export const submittedCommand = {
  name: 'nightly-build',
  command: 'make all && tar cf build.tar out',
  environment: { CI: '1' },
  secrets: { NPM_TOKEN: 'npm-publish' },
  requirements: { provider: 'docker', image: 'node:24', memoryBytes: 536_870_912 },
  timeoutMs: 600_000,
  outputs: ['build.tar'],
  retry: { maxAttempts: 2 },
};

export const runningCommand = {
  ...listedCommand,
  description: null,
  command: submittedCommand.command,
  arguments: [],
  script: null,
  environment: submittedCommand.environment,
  secrets: submittedCommand.secrets,
  stdin: null,
  requirements: {
    provider: 'docker', image: 'node:24', cpuCores: null, memoryBytes: 536_870_912, diskBytes: null, gpuCount: 0,
    networkMode: null, labels: {},
  },
  inputs: [],
  outputs: submittedCommand.outputs,
  dependsOn: [],
  waitsFor: [],
  onDependencyFailure: 'cancel',
  retry: { maxAttempts: 2, backoff: { firstMs: 1_000, maxMs: 60_000 }, on: 'lost' },
  tags: [],
  artifacts: [],
  executions: [],
} as const;

/** What lists and single jobs answer of command jobs. */
export const commandJobs = {
  view: commandJob,
  summary: listedCommandJob,
  payloadFields: largeCommandFields,
  example: {
    view: runningCommand,
    summary: listedCommand,
    event: {
      sequence: 4,
      type: 'JobStatusChanged',
      status: 'RUNNING',
      at: '2026-11-22T09:30:01.420Z',
      actor: `worker:${exampleWorkerId}`,
      correlationId: listedCommand.id,
      data: { from: 'ASSIGNED' },
    },
  },
} as const satisfies JobContract;
