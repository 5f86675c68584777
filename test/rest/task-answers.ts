import { ok } from '../../src/domain/errors.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { TaskFields, TaskInput } from '../../src/kinds/task/domain/types.ts';
import type { TaskSummary } from '../../src/kinds/task/application/queries.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const at = Date.parse('2026-11-22T09:30:00.000Z');

const input: TaskInput = {
  data: { file: 'voters.csv' }, priority: 0, maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 60_000 },
  timeoutMs: null, dedupeKey: null, concurrencyKey: null, dependsOn: [], onDependencyFailure: 'cancel',
  webhookUrl: null, scheduleId: null,
};
const fields: TaskFields = {
  runAt: at, totalItems: 3, processedItems: 2, errorLog: [{ at, item: 'row 1', message: 'odd' }], result: null,
  waitsFor: [], dependents: [], lastToken: null, lastNote: null, cancelRequested: false,
  cancelReason: null,
};
const task: TaskSummary = {
  id, kind: 'task', type: 'import_voters', ownerId: 'mira', state: 'processing', phase: 'active', version: 3,
  createdAt: at, updatedAt: at, startedAt: at, endedAt: null, deadlineAt: null, traceparent: null, attempt: 1,
  costMicroUsd: 0, labels: {}, parentId: null, lease: { token: 2, workerId: 'w' }, input, fields,
};
const event: RecordedEvent = {
  jobId: id, kind: 'task', sequence: 3, occurredAt: at, actor: 'w', correlationId: id,
  body: { type: 'ProgressReported', processed: 2, total: 3 } as RecordedEvent['body'],
};
const type = {
  name: 'import_voters', limits: { paused: false, maxRunning: 8, maxRunningPerKey: 1, rate: null, ratePerKey: null },
  defaults: { maxAttempts: 3, backoff: input.backoff, timeoutMs: 900_000, searchable: ['county'], inputSchema: null },
  updatedAt: at,
};
const held = { workerId: 'w', jobId: id, type: 'import_voters', since: at };

/** What each method of the task application answers. */
export const taskAnswers = {
  tasks: {
    submit: { task, isNew: true },
    get: { ...task, waitingFor: null },
    list: { tasks: [task], nextCursor: null },
    progress: task,
    cancel: task,
    retry: task,
    remove: null,
    bulk: { results: [{ id, result: ok(null) }], hasMore: false },
    follow: { [Symbol.asyncIterator]: () => [[event]].values() },
    logs: {
      lines: [{ number: 1, at, stream: 'log', level: 'info', attempt: 1, text: '3 rows' }],
      dropped: [], nextAfter: null, lastLine: 1,
    },
    stats: {
      jobs: [{ type: 'import_voters', status: 'pending', count: 1 }], work: [],
      unasked: [{ type: 'import_voters', waiting: 1, askedAt: null }],
    },
  },
  workers: {
    list: {
      workers: [
        { id: 'w', types: ['import_voters'], holds: { count: 1, jobs: [held] }, since: at, heardAt: at },
      ],
      complete: true, nextCursor: null,
    },
  },
  workTypes: { list: [type], get: type, put: type, pause: type, resume: type },
};

/** Those that answer a list of results, one for each thing asked. */
export const submitAll = async (_context: unknown, inputs: readonly unknown[]) =>
  inputs.map(() => ok({ task, isNew: true }));
