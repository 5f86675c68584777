import type { ScheduleInput, Schedules, ScheduleView } from '../../../application/schedules/schedules.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import type { createSchedule, getSchedule, scheduleRoutes } from '../contract/schedules.ts';
import type { SubmitTask } from '../application/submit.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';

/** What a schedule of tasks keeps. */
type ScheduledTask = Pick<
  SubmitTask,
  | 'type' | 'data' | 'totalItems' | 'priority' | 'maxAttempts' | 'backoff' | 'timeoutMs' | 'dedupeKey'
  | 'concurrencyKey' | 'webhookUrl'
>;

export function scheduleHandlers(schedules: Schedules): HandlersFor<typeof scheduleRoutes> {
  return {
    listSchedules: ({ context, query: { owner, ...rest } }) =>
      answering(schedules.list(context, owner === undefined ? rest : { ...rest, ownerId: owner }), (page) => ({
        schedules: page.schedules.map(scheduleOf),
        nextCursor: page.nextCursor,
      })),
    createSchedule: ({ context, body, idempotencyKey }) =>
      answering(schedules.create(context, inputOf(body), idempotencyKey), scheduleOf),
    getSchedule: ({ context, params }) => answering(schedules.get(context, params.id), scheduleOf),
    replaceSchedule: ({ context, params, body }) =>
      answering(schedules.replace(context, params.id, inputOf(body)), scheduleOf),
    deleteSchedule: ({ context, params }) =>
      answering(schedules.delete(context, params.id), () => ({ scheduleId: params.id, deleted: true as const })),
    triggerSchedule: ({ context, params, idempotencyKey }) =>
      answering(schedules.trigger(context, params.id, idempotencyKey), ({ jobId }) => {
        return { scheduleId: params.id, jobId };
      }),
  };
}

function inputOf(body: RouteRequest<typeof createSchedule>['body']): ScheduleInput {
  const { name, cron, timeZone, missed, enabled, timeout, ...task } = body;
  const job: ScheduledTask = timeout === undefined ? task : { ...task, timeoutMs: timeout };
  return { name, cron, timeZone, missed, enabled, job };
}

function scheduleOf({ schedule, job, upcoming, ownerDisabled }: ScheduleView): RouteAnswer<typeof getSchedule> {
  const { id, ownerId, name, cron, timeZone, missed, enabled, nextAt, lastAt, lastJobId } = schedule;
  const task = job as ScheduledTask;
  const { timeoutMs, ...rest } = task;
  return {
    scheduleId: id, ownerId, name, cron, timeZone, ...rest, data: task.data ?? null, missed, enabled, ownerDisabled,
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    nextAt: isoOrNull(nextAt),
    nextTicks: upcoming.map(iso),
    lastAt: isoOrNull(lastAt),
    lastJobId,
    createdAt: iso(schedule.createdAt),
    updatedAt: iso(schedule.updatedAt),
  };
}
