import * as z from 'zod';
import { errorCodes } from '../../../contract/errors.ts';
import { count, jobId, limits, line, time, userId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { childLimits } from '../domain/decide.ts';
import { newTask, task } from './task-fields.ts';
import { submitted } from './task-examples.ts';
import { leaseId, sentReport, workLimits } from './work-report.ts';
import { workerId as anyWorkerId } from '../../../contract/workers.ts';

export { workLimits };

/**
 * How programs do tasks: take some with a lease, renew the lease while at work, report what became of them. All three
 * go in batches, since a request costs as much as some dozens of tasks in it.
 */

export const workerId = anyWorkerId.describe('Unique for each worker process. Shown with the task.');
export const types = z
  .array(z.string().regex(/^[\w.:/-]+$/, { error: 'must be a task type' }).min(1).max(workLimits.typeLength))
  .max(workLimits.types);
export const leaseMs = count(workLimits.leaseMs, workLimits.minLeaseMs)
  .default(10_000)
  .describe('Lease duration in milliseconds: without renewal, the task goes to another worker after it.');
export const inputSchemas = z
  .record(z.string(), z.unknown())
  .exactOptional()
  .describe(
    'By type, the JSON Schema of its `data`, for the first request of a worker: new tasks are checked by it from ' +
      'then on. What is no schema that can be used is left out.',
  );
export const waitMs = count(limits.waitMs)
  .default(0)
  .describe('Long poll: milliseconds to wait for the first task.');
const cancelRequested = z.boolean().describe('Whether cancellation was requested: stop, and report the end.');
const size = count(Number.MAX_SAFE_INTEGER);
export const takenTask = z
  .object({
    leaseId,
    id: jobId,
    type: z.string(),
    data: z.unknown().describe('Input that was submitted.'),
    attempt: count(1_000_000, 1).describe('Number of this attempt, starting at 1.'),
    maxAttempts: count(1_000_000, 1),
    createdAt: time,
    createdById: userId,
    totalItems: size.nullable(),
    leasedUntil: time,
    timeoutAt: time.nullable().describe('When the attempt times out; null: never.'),
    traceparent: z.string().nullable().describe('W3C traceparent of the request that submitted it.'),
    steps: z
      .array(z.object({ name: z.string(), result: z.unknown() }))
      .exactOptional()
      .describe('Steps that earlier attempts have done; absent if there are none.'),
  })
  .meta({ id: 'TakenJob' });

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const lease = `${id}.2`;
const worker = 'gpu-3-4711-k2x9';

export const takeTasks = defineRoute({
  name: 'takeTasks',
  method: 'POST',
  path: '/api/v1/workers/take',
  auth: 'operator',
  tag: 'Workers',
  summary: 'Claim tasks',
  waits: true,
  description:
    'Each task is leased to you: renew the lease while you work, and report the outcome. Higher priorities come ' +
    'first, then older tasks. Returns fewer than `limit` if the tasks are large (1 MiB in total).',
  body: z.object({
    workerId,
    types: types.min(1),
    limit: count(workLimits.take, 1).describe('Maximum number of tasks.'),
    leaseMs,
    inputSchemas,
    waitMs,
  }),
  answer: z.object({
    tasks: z.array(takenTask),
    now: time.describe('The server’s clock, on which the other times are based.'),
  }),
  lenient: true,
  example: {
    body: { workerId: worker, types: ['import_voters'], limit: 20, leaseMs: 10_000, waitMs: 20_000 },
    answer: {
      tasks: [
        {
          leaseId: lease,
          id,
          type: 'import_voters',
          data: { file: 'voters.csv' },
          attempt: 1,
          maxAttempts: 3,
          createdAt: '2026-11-22T09:30:00.000Z',
          createdById: 'mira',
          totalItems: 1_200,
          leasedUntil: '2026-11-22T09:30:14.000Z',
          timeoutAt: null,
          traceparent: null,
        },
      ],
      now: '2026-11-22T09:30:04.000Z',
    },
  },
});

export const reportTasks = defineRoute({
  name: 'reportTasks',
  method: 'POST',
  path: '/api/v1/workers/report',
  auth: 'operator',
  tag: 'Workers',
  summary: 'Report on tasks',
  description:
    'Each report is validated and stored by itself; reports on one task are stored in order. A worker that lost ' +
    'the lease gets `lease_lost`, and its report is not stored. The end of an attempt, and reports with a number, ' +
    'may be repeated safely, and so may log lines that have one.',
  body: z.object({ workerId, reports: z.array(sentReport).min(1).max(workLimits.reports) }),
  answer: z.object({
    outcomes: z
      .array(
        z.object({
          ok: z.boolean(),
          status: z.string().exactOptional().describe('Status of the task after the report.'),
          cancelRequested: cancelRequested.exactOptional(),
          error: z.object({ code: z.enum(errorCodes), message: z.string() }).exactOptional(),
        }),
      )
      .describe('In the order of the reports.'),
  }),
  lenient: true,
  example: {
    body: {
      workerId: worker,
      reports: [
        { leaseId: lease, type: 'progress', processed: 800, total: 1_200 },
        { leaseId: `${id}.1`, type: 'complete', result: { imported: 1_200 } },
      ],
    },
    answer: {
      outcomes: [
        { ok: true, status: 'processing', cancelRequested: false },
        {
          ok: false,
          error: { code: 'lease_lost', message: 'The lease is no longer valid: another worker has the job.' },
        },
      ],
    },
  },
});

export const heartbeatTasks = defineRoute({
  name: 'heartbeatTasks',
  method: 'POST',
  path: '/api/v1/workers/heartbeat',
  auth: 'operator',
  tag: 'Workers',
  summary: 'Renew leases',
  description: 'Send it every third of the lease duration, so that one or two may get lost.',
  body: z.object({
    workerId,
    leaseIds: z.array(leaseId).max(workLimits.leases),
    leaseMs,
    types: types.default([]).describe('Types that you poll for, even while you are at capacity.'),
    stopping: z
      .boolean()
      .default(false)
      .describe('Whether you are shutting down: your open long polls on this server return now.'),
  }),
  answer: z.object({
    leases: z
      .array(
        z.object({
          leaseId,
          leasedUntil: time.nullable().describe('Null if the lease is lost: another worker may have the task.'),
          cancelRequested,
        }),
      )
      .describe('In the order of the request.'),
  }),
  repeatable: true,
  lenient: true,
  example: {
    body: { workerId: worker, leaseIds: [lease], leaseMs: 10_000, types: ['import_voters'] },
    answer: { leases: [{ leaseId: lease, leasedUntil: '2026-11-22T09:30:17.000Z', cancelRequested: false }] },
  },
});

const newChild = newTask
  .pick({
    type: true, data: true, totalItems: true, priority: true, maxAttempts: true, backoff: true, timeout: true,
    concurrencyKey: true, labels: true,
  })
  .extend({ name: line(workLimits.stepNameLength).describe('Unique among the children of the task.') })
  .meta({ id: 'NewChild' });

export const startChildTasks = defineRoute({
  name: 'startChildTasks',
  method: 'POST',
  path: '/api/v1/workers/children',
  auth: 'operator',
  tag: 'Workers',
  summary: 'Start child tasks',
  description:
    'Starts tasks that are parts of one you hold, in the name of its owner, or finds those that were started under ' +
    'the same names before. One that failed or was canceled is retried if its parent was retried since. To wait ' +
    `for them, report \`suspend\`. At most ${childLimits.children} for a task, ${childLimits.depth} levels deep.`,
  body: z.object({
    workerId,
    leaseId,
    tasks: z
      .array(newChild)
      .min(1)
      .max(workLimits.children)
      .refine((tasks) => new Set(tasks.map(({ name }) => name)).size === tasks.length, {
        error: 'must have a name of its own each',
      }),
  }),
  answer: z.object({
    children: z
      .array(
        z.object({
          ok: z.boolean(),
          task: task.exactOptional().describe('As it is now.'),
          error: z
            .object({
              code: z.enum(errorCodes), message: z.string(),
              fields: z.record(z.string(), z.string()).exactOptional(),
            })
            .exactOptional(),
        }),
      )
      .describe('In the order of the request.'),
  }),
  errors: ['lease_lost'],
  repeatable: true,
  lenient: true,
  example: {
    body: {
      workerId: worker, leaseId: lease,
      tasks: [{ name: 'county 7', type: 'import_voters', data: { file: 'voters.csv' }, totalItems: 1_200 }],
    },
    answer: { children: [{ ok: true, task: { ...submitted, parentId: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e40' } }] },
  },
});

export const workRoutes = table(takeTasks, reportTasks, heartbeatTasks, startChildTasks);
