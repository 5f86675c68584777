import * as z from 'zod';
import { errorCodes } from '../../../contract/errors.ts';
import { count, jobId, limits, time, userId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { leaseId, sentReport, workLimits } from './work-report.ts';
import { workerId as anyWorkerId } from '../../../contract/workers.ts';

export { workLimits };

/**
 * How programs do tasks: take some with a lease, renew the lease while at work, report what became of them. All three
 * go in batches, since a request costs as much as some dozens of tasks in it.
 */

const workerId = anyWorkerId.describe('Who takes it: one of its own for every process. Shown with the task.');
const types = z
  .array(z.string().regex(/^[\w.:/-]+$/, { error: 'must be a task type' }).min(1).max(workLimits.typeLength))
  .max(workLimits.types);
const leaseMs = count(workLimits.leaseMs, workLimits.minLeaseMs)
  .default(10_000)
  .describe('Milliseconds from now until the task is given to another worker, unless the lease is renewed.');
const cancelRequested = z.boolean().describe('Whether somebody canceled the task: stop, and report that it ended.');
const size = count(Number.MAX_SAFE_INTEGER);
const takenTask = z
  .object({
    leaseId,
    id: jobId,
    type: z.string(),
    data: z.unknown().describe('What was submitted.'),
    attempt: count(1_000_000, 1).describe('Which attempt this is, from 1.'),
    maxAttempts: count(1_000_000, 1),
    createdAt: time,
    createdById: userId,
    totalItems: size.nullable(),
    leasedUntil: time,
    timeoutAt: time.nullable().describe('When the attempt’s time is over; null: never.'),
    traceparent: z.string().nullable().describe('W3C traceparent of the request that submitted it.'),
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
  summary: 'Take tasks',
  waits: true,
  description:
    'Each is leased to you: renew the lease while you work, and report how it ended. Those with the greatest ' +
    'priority come first, then the oldest. Fewer than `limit` come where they are large (1 MiB together).',
  body: z.object({
    workerId,
    types: types.min(1),
    limit: count(workLimits.take, 1).describe('How many, at most.'),
    leaseMs,
    waitMs: count(limits.waitMs).default(0).describe('Milliseconds to wait for the first one.'),
  }),
  answer: z.object({
    tasks: z.array(takenTask),
    now: time.describe('The server’s clock, which the other times go by.'),
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
    'Each report is read, and stored or refused, by itself, and what is said of one task is stored in order. Whoever ' +
    'lost the lease gets `lease_lost`, and nothing of it is stored. How an attempt ended may be said again, and so ' +
    'may what has a number; lines of the log are then there twice.',
  body: z.object({ workerId, reports: z.array(sentReport).min(1).max(workLimits.reports) }),
  answer: z.object({
    outcomes: z
      .array(
        z.object({
          ok: z.boolean(),
          status: z.string().exactOptional().describe('The task’s, after that.'),
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
          error: { code: 'lease_lost', message: 'The lease is not the live one: another worker has the job.' },
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
  description: 'Send it three times as often as the leases need, so that one or two may be lost.',
  body: z.object({
    workerId,
    leaseIds: z.array(leaseId).max(workLimits.leases),
    leaseMs,
    types: types.default([]).describe('What you would take if you had room, so that it is known to be asked for.'),
    stopping: z
      .boolean()
      .default(false)
      .describe('Whether you take no more: what you wait for at this server is answered now.'),
  }),
  answer: z.object({
    leases: z
      .array(
        z.object({
          leaseId,
          leasedUntil: time.nullable().describe('Null: the lease is lost, and another worker may have the task.'),
          cancelRequested,
        }),
      )
      .describe('In the order asked.'),
  }),
  repeatable: true,
  lenient: true,
  example: {
    body: { workerId: worker, leaseIds: [lease], leaseMs: 10_000, types: ['import_voters'] },
    answer: { leases: [{ leaseId: lease, leasedUntil: '2026-11-22T09:30:17.000Z', cancelRequested: false }] },
  },
});

export const workRoutes = table(takeTasks, reportTasks, heartbeatTasks);
