import type { JobContract } from '../../../contract/jobs.ts';
import { largeTaskFields, listedTaskJob, taskJob } from './task-fields.ts';

/** Tasks as the documents show them. */

export const submitted = {
  id: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41',
  kind: 'task',
  type: 'import_voters',
  ownerId: 'mira',
  status: 'pending',
  phase: 'waiting',
  progress: 0,
  data: { file: 'voters.csv' },
  totalItems: 1_200,
  processedItems: 0,
  errorLog: [],
  result: null,
  steps: [],
  priority: 0,
  attempt: 0,
  maxAttempts: 3,
  backoff: { firstMs: 1_000, maxMs: 3_600_000 },
  timeout: null,
  runAt: '2026-11-22T09:30:00.000Z',
  createdAt: '2026-11-22T09:30:00.000Z',
  updatedAt: '2026-11-22T09:30:00.000Z',
  startedAt: null,
  endedAt: null,
  deadlineAt: null,
  labels: {},
  parentId: null,
  completedAt: null,
  createdById: 'mira',
  dedupeKey: null,
  concurrencyKey: null,
  dependsOn: [],
  waitsFor: [],
  onDependencyFailure: 'cancel',
  webhookUrl: null,
  cancelRequested: false,
  cancelReason: null,
  costMicroUsd: 0,
  scheduleId: null,
} as const;

export const running = {
  ...submitted,
  status: 'processing',
  phase: 'active',
  progress: 66,
  processedItems: 800,
  errorLog: [{ at: '2026-11-22T09:31:00.120Z', item: 'row 417', message: 'no such postcode' }],
  attempt: 1,
  updatedAt: '2026-11-22T09:31:12.480Z',
  startedAt: '2026-11-22T09:30:00.210Z',
} as const;

const { data: _, errorLog: __, result: ___, ...withoutPayload } = running;
export const listed = withoutPayload;

export const canceled = {
  ...submitted,
  status: 'canceled',
  phase: 'canceled',
  updatedAt: '2026-11-22T09:40:00.000Z',
  endedAt: '2026-11-22T09:40:00.000Z',
  completedAt: '2026-11-22T09:40:00.000Z',
  cancelReason: 'requested',
} as const;

const progress = { done: 800, failed: 0, total: 1_200, percent: 66 };

/** What lists and single jobs answer of tasks. */
export const taskJobs = {
  view: taskJob,
  summary: listedTaskJob,
  payloadFields: largeTaskFields,
  example: {
    view: { ...running, progress },
    summary: { ...listed, progress },
    event: {
      sequence: 3,
      type: 'ProgressReported',
      status: null,
      at: '2026-11-22T09:31:12.480Z',
      actor: 'worker-7',
      correlationId: running.id,
      data: { processed: 800, total: 1_200 },
    },
  },
} as const satisfies JobContract;
