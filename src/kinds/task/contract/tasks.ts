import * as z from 'zod';
import { errorCodes } from '../../../contract/errors.ts';
import { after, count, jobCursor, jobId, limits, pageLimit, pageSize, time, userId } from '../../../contract/fields.ts';
import { readLater } from '../../../contract/input/spelling.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { moment } from '../../../contract/moment.ts';
import { canceled, listed, running, submitted } from './task-examples.ts';
import {
  isLargeTaskField, largeTaskFields, listedTask, newTask, task, taskLimits, taskStatus, taskType,
} from './task-fields.ts';

/** Tasks: a type, a JSON input, a handler somewhere that does it, and people who watch. */

const byTask = z.object({ id: jobId });
const { id } = submitted;
const params = { id };

export const submitTask = defineRoute({
  name: 'submitTask',
  method: 'POST',
  path: '/api/v1/jobs',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Submit a task',
  description: 'The task is stored durably when this returns, and starts when a worker for its type is free.',
  body: newTask,
  answer: task.extend({
    deduplicated: z.boolean().describe(
      'Whether an earlier request with this Idempotency-Key or dedupe key created it.',
    ),
  }),
  status: 201,
  errors: ['quota_exceeded'],
  idempotent: true,
  example: {
    body: { type: 'import_voters', data: { file: 'voters.csv' }, totalItems: 1_200 },
    answer: { ...submitted, deduplicated: false },
  },
});

const filter = {
  status: taskStatus.exactOptional(),
  type: taskType.exactOptional(),
  createdFrom: moment.exactOptional().describe('Submitted at this time or later.'),
  createdBefore: moment.exactOptional().describe('Submitted before this time.'),
  owner: userId.exactOptional().describe('For administrators.'),
};

export const listTasks = defineRoute({
  name: 'listTasks',
  method: 'GET',
  path: '/api/v1/jobs',
  auth: 'user',
  tag: 'Tasks',
  summary: 'List tasks',
  description: "Your own, newest first. Administrators see everybody's, or those of `owner`.",
  query: z
    .object({
      ...filter,
      limit: pageSize,
      offset: count(taskLimits.offset).exactOptional().describe('Skip this many of the newest tasks.'),
      cursor: jobCursor.exactOptional().describe('`nextCursor` of the previous page; use it to read all pages.'),
      fields: z
        .string()
        .max(100)
        .refine((text) => text.split(',').every(isLargeTaskField), {
          error: `must name some of ${largeTaskFields.join(', ')}, separated by commas`,
        })
        .transform((text) => text.split(',').filter(isLargeTaskField))
        .exactOptional()
        .describe('Comma-separated list of `data`, `errorLog`, `result` and `steps`, which are left out by default.'),
    })
    .superRefine(({ offset, cursor }, { addIssue }) => {
      if (offset === undefined || cursor === undefined) return;
      for (const name of ['offset', 'cursor']) {
        addIssue({ code: 'custom', path: [name], message: 'cannot be combined with the other' });
      }
    }),
  answer: z.object({
    jobs: z.array(listedTask),
    nextCursor: z.string().nullable().describe('Null on the last page. A page ends early at 1 MiB.'),
  }),
  example: {
    query: { status: 'processing', type: 'import_voters', limit: 20 },
    answer: { jobs: [listed], nextCursor: null },
  },
});

export const getTask = defineRoute({
  name: 'getTask',
  method: 'GET',
  path: '/api/v1/jobs/:id',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Show a task',
  params: byTask,
  answer: task,
  example: { params, answer: running },
});

export const cancelTask = defineRoute({
  name: 'cancelTask',
  method: 'DELETE',
  path: '/api/v1/jobs/:id',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Cancel a task',
  description:
    'A pending task is canceled at once. If it is processing, its worker is told to stop; it is canceled when the ' +
    'handler has stopped, or when the worker loses its lease.',
  params: byTask,
  answer: task,
  errors: ['conflict'],
  example: { params, answer: canceled },
});

export const taskProgress = defineRoute({
  name: 'taskProgress',
  method: 'GET',
  path: '/api/v1/jobs/:id/progress',
  auth: 'none',
  tag: 'Tasks',
  summary: "Show a task's progress",
  description: 'Needs no login: the id, which cannot be guessed, is enough.',
  params: byTask,
  answer: task.pick({ status: true, progress: true, processedItems: true, totalItems: true }),
  errors: ['unavailable'],
  example: { params, answer: { status: 'processing', progress: 66, processedItems: 800, totalItems: 1_200 } },
});

export const taskEvents = defineRoute({
  name: 'taskEvents',
  method: 'GET',
  path: '/api/v1/jobs/:id/events',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Stream the events of a task',
  description:
    'Server-Sent Events: every event from the first, or those after `after` or the header Last-Event-ID. Each has ' +
    'its number as `id`, its type as `event`, and this as `data`. The stream ends when the task has ended; a ' +
    'client that has all events already gets 204 and need not reconnect. At most 100 streams per user.',
  params: byTask,
  query: z.object({ after: after.describe('The number of the last event that you have.') }),
  stream: true,
  answer: z
    .looseObject({
      type: z.string().describe('Past tense: `ProgressReported`.'),
      status: taskStatus.nullable().describe('The new status of the task; null if it did not change.'),
      at: time,
    })
    .meta({ id: 'TaskEvent', description: 'With more fields, depending on the type.' }),
  errors: ['rate_limit'],
  example: {
    params,
    query: { after: 0 },
    answer: { type: 'ProgressReported', status: null, at: '2026-11-22T09:31:12.480Z', processed: 800, total: 1_200 },
  },
});

const oneIsRequired = 'is required unless the other is given';
const actions = ['create', 'cancel', 'retry', 'delete'] as const;

export const bulkTasks = defineRoute({
  name: 'bulkTasks',
  method: 'POST',
  path: '/api/v1/jobs/bulk',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Bulk actions',
  description:
    'Creates, cancels, retries or deletes many tasks. Each is handled by itself: if one is refused, the others are ' +
    'not affected. `create` takes `jobs`; `cancel`, `retry` and `delete` (only tasks that have ended) take `ids`, ' +
    'or a `filter` for the newest 1,000 that match. With an Idempotency-Key, a repeated `create` returns the tasks ' +
    'of the first. At most two bulk requests run at once per user.',
  body: z
    .object({
      action: z.enum(actions),
      jobs: z
        .array(z.unknown().meta({ type: 'object', description: 'As in `POST /api/v1/jobs`.' }).register(readLater, {}))
        .min(1)
        .max(taskLimits.bulk)
        .exactOptional(),
      ids: z.array(jobId).min(1).max(taskLimits.bulk).exactOptional(),
      // Strict: a condition that was not known would be left out, and more tasks ended than were meant.
      filter: z.strictObject(filter).exactOptional().describe('`{}`: all your tasks.'),
    })
    .superRefine(({ action, ...given }, { addIssue }) => {
      const refuse = (name: keyof typeof given, message: string): void =>
        addIssue({ code: 'custom', path: [name], message });
      const takes = action === 'create' ? (['jobs'] as const) : (['ids', 'filter'] as const);
      const [first, second] = takes.filter((name) => given[name] !== undefined);
      for (const name of ['jobs', 'ids', 'filter'] as const) {
        const isTaken = (takes as readonly string[]).includes(name);
        if (!isTaken && given[name] !== undefined) refuse(name, `is not for ${action}`);
        if (isTaken && first === undefined) refuse(name, action === 'create' ? 'is required' : oneIsRequired);
        if (isTaken && second !== undefined) refuse(name, 'cannot be combined with the other');
      }
    }),
  answer: z.object({
    action: z.enum(actions),
    succeeded: count(taskLimits.bulk),
    failed: count(taskLimits.bulk),
    results: z
      .array(
        z.object({
          id: jobId.nullable().describe('Null if the task was not created.'),
          ok: z.boolean(),
          error: z
            .object({
              code: z.enum(errorCodes as [(typeof errorCodes)[number], ...typeof errorCodes]),
              message: z.string(),
              details: z.record(z.string(), z.unknown()).exactOptional(),
            })
            .exactOptional(),
        }),
      )
      .describe('In the order of `jobs` or `ids`.'),
    hasMore: z.boolean().describe('Whether more tasks may match the filter: repeat the request.'),
  }),
  idempotent: true,
  errors: ['rate_limit'],
  example: {
    body: { action: 'cancel', filter: { type: 'import_voters', status: 'pending' } },
    answer: { action: 'cancel', succeeded: 1, failed: 0, results: [{ id, ok: true }], hasMore: false },
  },
});

export const retryTask = defineRoute({
  name: 'retryTask',
  method: 'POST',
  path: '/api/v1/jobs/:id/retry',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Retry a task',
  description: 'A task that failed or was canceled becomes pending again. Attempts are counted from zero.',
  params: byTask,
  answer: task,
  errors: ['invalid_state', 'conflict', 'quota_exceeded'],
  example: { params, answer: submitted },
});

export const taskLogs = defineRoute({
  name: 'taskLogs',
  method: 'GET',
  path: '/api/v1/jobs/:id/logs',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Read what its handler logged',
  description: 'The newest 10,000 lines are kept. Oldest first.',
  params: byTask,
  query: z.object({
    after: after.describe('Only lines with a greater number.'),
    limit: pageLimit(taskLimits.logLines, 'Lines').default(limits.pageSize),
  }),
  answer: z.object({
    lines: z.array(
      z.object({
        number: count(Number.MAX_SAFE_INTEGER, 1).describe('From 1; those of lines that went are not used again.'),
        at: time,
        level: z.enum(['debug', 'info', 'warn', 'error']),
        attempt: count(1_000_000),
        message: z.string(),
      }),
    ),
    nextAfter: count(Number.MAX_SAFE_INTEGER)
      .nullable()
      .describe('What to send as `after` for the next page; null on the last. A page ends early at 1 MiB.'),
  }),
  example: {
    params,
    query: { after: 0, limit: 100 },
    answer: {
      lines: [{ number: 1, at: '2026-11-22T09:30:00.250Z', level: 'info', attempt: 1, message: '1200 rows' }],
      nextAfter: null,
    },
  },
});

export const taskStats = defineRoute({
  name: 'taskStats',
  method: 'GET',
  path: '/api/v1/stats',
  auth: 'operator',
  tag: 'Tasks',
  summary: 'Count tasks',
  description: 'Of all users.',
  answer: z.object({
    jobs: z.array(z.object({ type: z.string(), status: taskStatus, count: count(Number.MAX_SAFE_INTEGER) })),
    work: z
      .array(
        z.object({
          type: z.string(),
          stage: z
            .enum(['blocked', 'scheduled', 'queued', 'ready', 'leased'])
            .describe(
              'What the tasks wait for: other tasks, their time, a permit of the type’s limits, or a worker; or a ' +
                'worker has them.',
            ),
          count: count(Number.MAX_SAFE_INTEGER),
        }),
      )
      .describe('Tasks that have not ended.'),
    unasked: z
      .array(
        z.object({
          type: z.string(),
          waiting: count(Number.MAX_SAFE_INTEGER),
          askedAt: time.nullable().describe('When a worker last polled for it; null: never, as far as is remembered.'),
        }),
      )
      .describe('Types that have ready tasks, but for which no worker has polled within a minute.'),
  }),
  example: {
    answer: {
      jobs: [
        { type: 'import_voters', status: 'pending', count: 12 },
        { type: 'import_voters', status: 'completed', count: 48_210 },
      ],
      work: [{ type: 'import_voters', stage: 'ready', count: 12 }],
      unasked: [{ type: 'import_voters', waiting: 12, askedAt: '2026-11-22T09:26:00.000Z' }],
    },
  },
});

export const taskRoutes = table(
  listTasks, submitTask, getTask, cancelTask, taskProgress, taskEvents, bulkTasks, retryTask, taskLogs, taskStats,
);
