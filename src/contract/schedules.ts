import * as z from 'zod';
import { InvariantViolation } from '../domain/errors.ts';
import { jobId, limits, line, pageSize, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** Schedules: jobs of any kind that are submitted at each tick of a cron expression. */

const cronLength = 100;
const timeZoneLength = 64;

const scheduleId = z.uuid().toLowerCase().describe('UUID of the schedule.');
const bySchedule = z.object({ id: scheduleId });
const whose = 'Default: yours. Only administrators can name other users.';

/** What a kind declares about the jobs that schedules submit. */
export interface ScheduledContract<Kind extends string = string, Job extends z.ZodObject = z.ZodObject> {
  /** Its name. */
  readonly kind: Kind;
  /** Its fields, merged with those of every schedule. `type` and `webhookUrl` have their usual meaning. */
  readonly job: Job;
  readonly example: { readonly job: unknown };
}

const missed = z.enum(['skip', 'once', 'all']);

const sentFields = {
  name: line(limits.nameLength),
  cron: line(cronLength).describe(
    'Minute, hour, day of month, month, day of week; with six fields, seconds first. Or `@hourly`, `@daily`, ' +
      '`@weekly`, `@monthly`, `@yearly`.',
  ),
  timeZone: line(timeZoneLength)
    .default('UTC')
    .describe('IANA name of the time zone of the cron expression, such as `Europe/Berlin`.'),
  missed: missed
    .default('once')
    .describe(
      'What happens to ticks that no server handled within ten seconds: no job for any of them (`skip`), one job ' +
        'for all of them (`once`), or one for each (`all`, the newest 100).',
    ),
  enabled: z.boolean().default(true),
};

const shownFields = {
  scheduleId,
  ownerId: userId,
  name: sentFields.name,
  cron: sentFields.cron,
  timeZone: z.string(),
  missed,
  enabled: z.boolean(),
  ownerDisabled: z.boolean().describe('Whether it is paused because its owner is disabled.'),
  kindUnknown: z.boolean().describe('Whether it is paused at this server, which cannot schedule jobs of its kind.'),
  nextAt: time.nullable().describe('The next tick; null while it is disabled.'),
  nextTicks: z.array(time).describe('The next five; none while it is disabled or paused.'),
  lastAt: time.nullable().describe('The last tick for which a job was submitted.'),
  lastJobId: jobId.nullable().describe('That job.'),
  createdAt: time,
  updatedAt: time,
};

const sent = z.object(sentFields);
const shown = z.object(shownFields);

type Kinds = readonly [ScheduledContract, ...ScheduledContract[]];
type OfKind<K> = K extends ScheduledContract ? { kind: K['kind'] } : never;
type JobIn<K> = K extends ScheduledContract ? z.input<K['job']> : never;
type JobOut<K> = K extends ScheduledContract ? z.output<K['job']> : never;
/** The first kind is the default, so its name may be omitted. */
type KindIn<K extends Kinds, One> = One extends K[0] ? Partial<OfKind<One>> : OfKind<One>;

type SentIn<K extends Kinds, One = K[number]> =
  One extends ScheduledContract ? z.input<typeof sent> & KindIn<K, One> & JobIn<One> : never;
type SentOut<One> =
  One extends ScheduledContract ? z.output<typeof sent> & OfKind<One> & JobOut<One> : never;
type ShownAs<One> =
  One extends ScheduledContract ? z.output<typeof shown> & OfKind<One> & JobOut<One> : never;

/**
 * The routes of schedules: `kinds` are the contracts of the kinds whose jobs can be scheduled. A body without a kind
 * has the first one.
 */
export function scheduleRoutes<const K extends Kinds>(kinds: K) {
  for (const { kind, job } of kinds) assertNoClash(kind, Object.keys(job.shape));
  const [{ kind: first, example: { job } }] = kinds;
  const body = oneOf(kinds.map((each) => sent.extend({ ...each.job.shape, kind: literal(each.kind, first) }))) as
    z.ZodType as z.ZodType<SentOut<K[number]>, SentIn<K>>;
  const schedule = oneOf(kinds.map((each) => shown.extend({ kind: z.literal(each.kind), ...each.job.shape })))
    .meta({ id: 'Schedule', description: 'A job that is submitted at each tick, on behalf of the owner.' }) as
    z.ZodType as z.ZodType<ShownAs<K[number]>>;
  const settings = { ...exampleSettings, ...(job as object) };
  const saved = { ...exampleShown, ...settings, kind: first };
  return table(
    listSchedules(schedule, saved), createSchedule(body, schedule, settings, saved), getSchedule(schedule, saved),
    replaceSchedule(body, schedule, settings, saved), deleteSchedule, triggerSchedule,
  );
}

/** The routes for any kinds. */
export type ScheduleRoutes = ReturnType<typeof scheduleRoutes>;

/** The fields of a schedule and of its job share one flat object, so their names must differ. */
function assertNoClash(kind: string, names: readonly string[]): void {
  const clash = names.find((name) => name === 'kind' || name in sentFields || name in shownFields);
  if (clash !== undefined) throw new InvariantViolation(`${kind} has a field ${clash}, as every schedule does`);
}

function literal(kind: string, first: string): z.ZodType {
  const name = z.literal(kind);
  const described = kind === first ? name.optional().default(kind) : name;
  return described.describe('The kind of job that it submits.');
}

function oneOf(schemas: readonly z.ZodObject[]): z.ZodType {
  const [only, ...others] = schemas;
  return only !== undefined && others.length === 0 ? only : z.discriminatedUnion('kind', schemas as never);
}

const params = { id: '01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b' };
const exampleSettings = {
  name: 'Nightly import', cron: '30 2 * * *', timeZone: 'Europe/Berlin', missed: 'once', enabled: true,
} as const;
const exampleShown = {
  scheduleId: params.id,
  ownerId: 'mira',
  ownerDisabled: false,
  kindUnknown: false,
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

function listSchedules<S extends z.ZodType>(schedule: S, saved: unknown) {
  return defineRoute({
    name: 'listSchedules',
    method: 'GET',
    path: '/api/v1/schedules',
    auth: 'operator',
    tag: 'Schedules',
    summary: 'List schedules',
    description: "Your own, ordered by name. An administrator gets everybody's, or those of `owner`.",
    query: z.object({
      owner: userId.exactOptional().describe(whose),
      limit: pageSize,
      cursor: scheduleId.exactOptional().describe('`nextCursor` of the previous page.'),
    }),
    answer: z.object({
      schedules: z.array(schedule),
      nextCursor: z.string().nullable().describe('Null on the last page.'),
    }),
    example: { query: { limit: 20 }, answer: { schedules: [saved], nextCursor: null } as never },
  });
}

function createSchedule<B extends z.ZodType, S extends z.ZodType>(
  body: B, schedule: S, settings: unknown, saved: unknown,
) {
  return defineRoute({
    name: 'createSchedule',
    method: 'POST',
    path: '/api/v1/schedules',
    auth: 'operator',
    tag: 'Schedules',
    summary: 'Create a schedule',
    description:
      'Exactly one job is submitted at each tick, however many servers run. When the clocks go forward, a fixed ' +
      'time (`30 2 * * *`) that does not exist ticks at the first moment after the gap, and a repeating one ' +
      '(`*/10 * * * *`) skips it; when they go back, a fixed time ticks once, the first time, and a repeating one ' +
      'continues through both hours. 409 if you already have 1,000 schedules.',
    body,
    answer: schedule,
    status: 201,
    errors: ['conflict'],
    idempotent: true,
    example: { body: settings, answer: saved } as never,
  });
}

function getSchedule<S extends z.ZodType>(schedule: S, saved: unknown) {
  return defineRoute({
    name: 'getSchedule',
    method: 'GET',
    path: '/api/v1/schedules/:id',
    auth: 'operator',
    tag: 'Schedules',
    summary: 'Show a schedule',
    params: bySchedule,
    answer: schedule,
    example: { params, answer: saved as never },
  });
}

function replaceSchedule<B extends z.ZodType, S extends z.ZodType>(
  body: B, schedule: S, settings: unknown, saved: unknown,
) {
  return defineRoute({
    name: 'replaceSchedule',
    method: 'PUT',
    path: '/api/v1/schedules/:id',
    auth: 'operator',
    tag: 'Schedules',
    summary: 'Replace a schedule',
    description:
      'If the cron expression or time zone changes, or the schedule is enabled again, it starts anew: ticks missed ' +
      'before that are not caught up.',
    params: bySchedule,
    body,
    answer: schedule,
    example: { params, body: settings, answer: saved } as never,
  });
}

const deleteSchedule = defineRoute({
  name: 'deleteSchedule',
  method: 'DELETE',
  path: '/api/v1/schedules/:id',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'Delete a schedule',
  description: 'Jobs that it has submitted are kept.',
  params: bySchedule,
  answer: z.object({ scheduleId, deleted: z.literal(true) }),
  example: { params, answer: { scheduleId: params.id, deleted: true } },
});

const triggerSchedule = defineRoute({
  name: 'triggerSchedule',
  method: 'POST',
  path: '/api/v1/schedules/:id/trigger',
  auth: 'operator',
  tag: 'Schedules',
  summary: 'Submit a schedule’s job now',
  description: 'In addition to its regular ticks. Also works while the schedule is disabled.',
  params: bySchedule,
  answer: z.object({ scheduleId, jobId }),
  status: 201,
  idempotent: true,
  errors: ['conflict', 'quota_exceeded'],
  example: { params, answer: { scheduleId: params.id, jobId: '01935a46-7f80-7a12-9bcd-2e3f4a5b6c7d' } },
});
