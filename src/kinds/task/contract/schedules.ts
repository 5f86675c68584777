import * as z from 'zod';
import { jobId, limits, line, pageSize, time, userId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { newTask } from './task-fields.ts';

/** Tasks that are submitted again and again. */

const cronLength = 100;
const timeZoneLength = 64;

const scheduleId = z.uuid().toLowerCase().describe('UUID of the schedule.');
const bySchedule = z.object({ id: scheduleId });
const whose = 'Yours if left out; others’ for administrators only.';

const input = {
  name: line(limits.nameLength),
  cron: line(cronLength).describe(
    'Minute, hour, day of month, month, day of week; with six fields, seconds first. Or `@hourly`, `@daily`, ' +
      '`@weekly`, `@monthly`, `@yearly`.',
  ),
  timeZone: line(timeZoneLength)
    .default('UTC')
    .describe('IANA name, whose clock the cron goes by: `Europe/Berlin`.'),
  ...newTask.omit({ runAt: true, dependsOn: true, onDependencyFailure: true }).shape,
  missed: z
    .enum(['skip', 'once', 'all'])
    .default('once')
    .describe(
      'What becomes of ticks that no server was there for within ten seconds: none of them, one task for all of ' +
        'them, or a task for each (the newest 100).',
    ),
  enabled: z.boolean().default(true),
};
const scheduleInput = z.object(input);

const schedule = z
  .object({
    scheduleId,
    ownerId: userId,
    ...input,
    timeZone: z.string(),
    missed: z.enum(['skip', 'once', 'all']),
    enabled: z.boolean(),
    ownerDisabled: z.boolean().describe('Its owner is disabled: it stands still until the owner is enabled again.'),
    nextAt: time.nullable().describe('The next tick; null while it is switched off.'),
    nextTicks: z.array(time).describe('The next five; none while it is switched off or stands still.'),
    lastAt: time.nullable().describe('The last tick that a task was made for.'),
    lastJobId: jobId.nullable().describe('That task.'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Schedule', description: 'What is submitted at each tick, as its owner.' });

const params = { id: '01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b' };
const body = {
  name: 'Nightly voter import',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  type: 'import_voters',
  data: { source: 'county' },
  missed: 'once',
  enabled: true,
} as const;
const saved = {
  scheduleId: params.id,
  ownerId: 'mira',
  ...body,
  ownerDisabled: false,
  nextAt: '2026-11-23T01:30:00.000Z',
  nextTicks: [
    '2026-11-23T01:30:00.000Z', '2026-11-24T01:30:00.000Z', '2026-11-25T01:30:00.000Z', '2026-11-26T01:30:00.000Z',
    '2026-11-27T01:30:00.000Z',
  ],
  lastAt: '2026-11-22T01:30:00.000Z',
  lastJobId: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41',
  createdAt: '2026-11-20T15:12:00.000Z',
  updatedAt: '2026-11-22T01:30:00.140Z',
} as const;

export const listSchedules = defineRoute({
  name: 'listSchedules',
  method: 'GET',
  path: '/api/v1/schedules',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'List schedules',
  description: "Your own, by name. An administrator's list holds everybody's, or those of `owner`.",
  query: z.object({
    owner: userId.exactOptional().describe(whose),
    limit: pageSize,
    cursor: scheduleId.exactOptional().describe('`nextCursor` of the page before.'),
  }),
  answer: z.object({
    schedules: z.array(schedule),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
  }),
  example: { query: { limit: 20 }, answer: { schedules: [saved], nextCursor: null } },
});

export const createSchedule = defineRoute({
  name: 'createSchedule',
  method: 'POST',
  path: '/api/v1/schedules',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'Create a schedule',
  description:
    'A task is submitted at each tick, exactly one however many servers run, with the tick as its `runAt`. Where the ' +
    'clocks go forward, a fixed time (`30 2 * * *`) that does not exist is made at the first moment after the gap, ' +
    'and a repeating one (`*/10 * * * *`) is left out; where they go back, a fixed time is made once, the first ' +
    'time, and a repeating one goes on through both hours.',
  body: scheduleInput,
  answer: schedule,
  status: 201,
  errors: ['conflict'],
  idempotent: true,
  example: { body, answer: saved },
});

export const getSchedule = defineRoute({
  name: 'getSchedule',
  method: 'GET',
  path: '/api/v1/schedules/:id',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'Show a schedule',
  params: bySchedule,
  answer: schedule,
  example: { params, answer: saved },
});

export const replaceSchedule = defineRoute({
  name: 'replaceSchedule',
  method: 'PUT',
  path: '/api/v1/schedules/:id',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'Replace a schedule',
  description:
    'With another cron or time zone, or switched on again, it begins anew: ticks that were missed before are not made.',
  params: bySchedule,
  body: scheduleInput,
  answer: schedule,
  example: { params, body, answer: saved },
});

export const deleteSchedule = defineRoute({
  name: 'deleteSchedule',
  method: 'DELETE',
  path: '/api/v1/schedules/:id',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'Delete a schedule',
  description: 'The tasks that it made stay.',
  params: bySchedule,
  answer: z.object({ scheduleId, deleted: z.literal(true) }),
  example: { params, answer: { scheduleId: params.id, deleted: true } },
});

export const triggerSchedule = defineRoute({
  name: 'triggerSchedule',
  method: 'POST',
  path: '/api/v1/schedules/:id/trigger',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'Submit a schedule’s task now',
  description: 'Beside its ticks, which go on as they were; also when it is switched off.',
  params: bySchedule,
  answer: z.object({ scheduleId, jobId }),
  status: 201,
  idempotent: true,
  errors: ['conflict', 'quota_exceeded'],
  example: { params, answer: { scheduleId: params.id, jobId: '01935a46-7f80-7a12-9bcd-2e3f4a5b6c7d' } },
});

export const scheduleRoutes = table(
  listSchedules, createSchedule, getSchedule, replaceSchedule, deleteSchedule, triggerSchedule,
);
