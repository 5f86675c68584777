import { ok } from '../../src/domain/errors.ts';
import type { TaskDispatch } from '../../src/kinds/task/application/application.ts';
import type { TaskSummary } from '../../src/kinds/task/application/queries.ts';
import type { Job } from '../../src/domain/job/job.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const now = Date.parse('2026-11-22T09:30:00.000Z');

const task: Job = {
  id, kind: 'task', type: 'import_voters', ownerId: 'mira', state: 'processing', phase: 'active', version: 2,
  createdAt: now, updatedAt: now, startedAt: now, endedAt: null, deadlineAt: null, traceparent: null, attempt: 1,
  costMicroUsd: 0, labels: {}, parentId: null, lease: { token: 2, workerId: 'w' },
  input: { data: { file: 'a.csv' }, maxAttempts: 3 }, fields: { totalItems: 7 },
  items: new Map(),
};

const child: TaskSummary = {
  ...task, state: 'pending', phase: 'waiting', version: 1, startedAt: null, attempt: 0, parentId: id, lease: null,
  input: {
    data: { file: 'voters.csv' }, priority: 0, maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 60_000 },
    timeoutMs: null, dedupeKey: null, concurrencyKey: null, dependsOn: [], onDependencyFailure: 'cancel',
    webhookUrl: null, scheduleId: null, depth: 1,
  },
  fields: {
    runAt: now, totalItems: 1_200, processedItems: 0, errorLog: [], result: null, waitsFor: [], dependents: [],
    lastToken: null, lastNote: null, cancelRequested: false, cancelReason: null,
  },
} as TaskSummary;

/** What workers are told: one task, and that all is well. */
export const workAnswers: TaskDispatch = {
  take: async () => ok([{ leaseId: `${id}.2`, job: task, leasedUntil: now + 10_000, timeoutAt: null }]),
  describe: async () => {},
  startChildren: async (_workerId, _leaseId, children) => ok(children.map(() => ok(child))),
  report: async (_workerId, reports) => reports.map(() => ok({ status: 'processing', cancelRequested: false })),
  renew: async ({ leaseIds }) =>
    leaseIds.map((leaseId) => ({ leaseId, leasedUntil: now + 10_000, cancelRequested: false })),
  now: () => now,
};
