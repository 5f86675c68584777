import type { ScheduledJob, ScheduleInput } from '../../../application/schedules/content.ts';
import type { Schedules, ScheduleView } from '../../../application/schedules/schedules.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';

export function scheduleHandlers(schedules: Schedules): HandlersFor<ScheduleRoutes> {
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

/** The job stays as the contract of its kind has read it: the kind makes of it what it submits. */
function inputOf(body: RouteRequest<ScheduleRoutes['createSchedule']>['body']): ScheduleInput {
  const { name, cron, timeZone, missed, enabled, kind, ...job } = body;
  return { name, cron, timeZone, missed, enabled, kind, job: job as ScheduledJob };
}

function scheduleOf(view: ScheduleView): RouteAnswer<ScheduleRoutes['getSchedule']> {
  const { schedule, job, upcoming, ownerDisabled, kindUnknown } = view;
  const { id, ownerId, name, cron, timeZone, kind, missed, enabled, nextAt, lastAt, lastJobId } = schedule;
  return {
    ...job, scheduleId: id, ownerId, name, cron, timeZone, kind, missed, enabled, ownerDisabled, kindUnknown,
    nextAt: isoOrNull(nextAt),
    nextTicks: upcoming.map(iso),
    lastAt: isoOrNull(lastAt),
    lastJobId,
    createdAt: iso(schedule.createdAt),
    updatedAt: iso(schedule.updatedAt),
  };
}
