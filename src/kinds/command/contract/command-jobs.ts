import * as z from 'zod';
import { count, jobId, limits, line, pageLimit, pageSize, time } from '../../../contract/fields.ts';
import { defineRoute } from '../../../contract/route.ts';
import { listedCommand, runningCommand } from './command-examples.ts';
import { byCommand, commandJob, commandState, listedCommandJob, type CommandState } from './command-fields.ts';
import { commandLimits } from './new-command.ts';

/** Routes for command jobs that gRPC offers too; `/api/jobs` lists and cancels jobs of all kinds. */

const { id } = runningCommand;
const anyCount = count(Number.MAX_SAFE_INTEGER);
const mostCounted = 10_000;
const total = count(Number.MAX_SAFE_INTEGER).describe('How many there are, of whatever page.');

export const listCommands = defineRoute({
  name: 'listCommands',
  method: 'GET',
  path: '/api/commands',
  auth: 'operator',
  tag: 'Commands',
  summary: 'List command jobs by number',
  description:
    'Your own, newest first; an administrator’s list holds everybody’s. A search looks through the newest 10,000.',
  query: z.object({
    state: commandState.exactOptional(),
    search: z
      .string()
      .max(commandLimits.nameLength)
      .exactOptional()
      .describe('Only those whose name or id begins so.'),
    offset: count(mostCounted).default(0).describe('So many of them are left out first.'),
    limit: pageSize,
  }),
  answer: z.object({
    jobs: z.array(listedCommandJob),
    total,
    totalCapped: z.boolean().describe('Whether there may be more than `total`: 10,000 are counted or looked through.'),
  }),
  example: {
    query: { state: 'RUNNING', search: 'nightly', limit: 20 },
    answer: { jobs: [listedCommand], total: 1, totalCapped: false },
  },
});

export const cancelCommand = defineRoute({
  name: 'cancelCommand',
  method: 'POST',
  path: '/api/commands/:id/cancel',
  auth: 'operator',
  tag: 'Commands',
  summary: 'Cancel a command job, and say why',
  description:
    'At once, unless its command runs: that gets SIGTERM, and SIGKILL after its grace time. A job that has ended is ' +
    'not canceled.',
  params: byCommand,
  body: z.object({
    reason: line(limits.noteLength).exactOptional().describe('For people: `cancelReason` of the job.'),
    attempt: count(Number.MAX_SAFE_INTEGER, 1)
      .exactOptional()
      .describe('Only if this is its newest execution. Left out: whatever it is doing.'),
  }),
  answer: commandJob,
  errors: ['invalid_state', 'conflict'],
  repeatable: true,
  example: {
    params: { id },
    body: { reason: 'The branch is gone.' },
    answer: { ...runningCommand, cancelRequested: true, cancelReason: 'The branch is gone.' },
  },
});

const states = z.object(
  Object.fromEntries(commandState.options.map((state) => [state, anyCount])) as Record<CommandState, typeof anyCount>,
);

export const commandQueue = defineRoute({
  name: 'commandQueue',
  method: 'GET',
  path: '/api/commands/queue',
  auth: 'operator',
  tag: 'Commands',
  summary: 'Count command jobs by state',
  description: 'Your own, up to 10,000 in each state; an administrator’s answer counts everybody’s.',
  answer: z.object({ states, updatedAt: time }),
  example: {
    answer: {
      states: { PENDING: 3, ASSIGNED: 1, RUNNING: 8, SUCCEEDED: 48_210, FAILED: 312, TIMED_OUT: 17, CANCELLED: 5 },
      updatedAt: '2026-11-22T09:30:00.000Z',
    },
  },
});

export const listQueuedCommands = defineRoute({
  name: 'listQueuedCommands',
  method: 'GET',
  path: '/api/commands/queue/jobs',
  auth: 'operator',
  tag: 'Commands',
  summary: 'List command jobs that wait for a worker',
  description:
    'Your own, an administrator’s list holds everybody’s. First those that may start now, in the order in which ' +
    'workers are looked for; owners take turns. Then those that wait for their time or for other jobs.',
  query: z.object({ limit: pageLimit(100).default(limits.defaultPageSize) }),
  answer: z.object({
    jobs: z.array(
      z.object({
        id: jobId,
        name: z.string(),
        priority: z.int(),
        queuedAt: time,
        runAt: time.describe('It is not started before.'),
        waitingBecause: z.string().describe('Why it has no worker yet, one sentence.'),
      }),
    ),
    total,
  }),
  example: {
    query: { limit: 20 },
    answer: {
      jobs: [
        {
          id, name: runningCommand.name, priority: 0, queuedAt: runningCommand.createdAt, runAt: runningCommand.runAt,
          waitingBecause: 'Every place for a worker is taken.',
        },
      ],
      total: 1,
    },
  },
});
