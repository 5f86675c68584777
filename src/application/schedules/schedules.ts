import { refuse, ok, type Result } from '../../domain/errors.ts';
import type { Cron } from '../../ports/cron.ts';
import { scheduleTable, type StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { UserStore } from '../../ports/store/user-store.ts';
import type { RequestContext } from '../request.ts';
import { requireRole } from '../caller.ts';
import { listedOwner } from '../jobs/jobs.ts';
import { readPage } from '../page.ts';
import { createSchedule, deleteSchedule, replaceSchedule, seenSchedule, unknownSchedule } from './changes.ts';
import { contentOf, type ScheduledJob, type ScheduleInput } from './content.ts';
import type { ScheduleDependencies, SubmittedJob } from './dependencies.ts';

/** For operators: their own; an admin's are everybody's. */
export interface Schedules {
  /** A repeated `idempotencyKey` answers what the first request made. An owner has at most 1,000. */
  create(context: RequestContext, input: ScheduleInput, idempotencyKey?: string): Promise<Result<ScheduleView>>;
  list(
    context: RequestContext,
    options: { readonly ownerId?: string; readonly cursor?: string; readonly limit: number },
  ): Promise<Result<SchedulePage>>;
  get(context: RequestContext, scheduleId: string): Promise<Result<ScheduleView>>;
  /** With another cron or time zone, or enabled again, it starts afresh: ticks missed until now are not made up for. */
  replace(context: RequestContext, scheduleId: string, input: ScheduleInput): Promise<Result<ScheduleView>>;
  delete(context: RequestContext, scheduleId: string): Promise<Result<null>>;
  /** Submits a job now, in addition to the ticks. It belongs to the schedule's owner, whoever the caller is. */
  trigger(context: RequestContext, scheduleId: string, idempotencyKey?: string): Promise<Result<SubmittedJob>>;
}

export interface ScheduleView {
  readonly schedule: StoredSchedule;
  readonly job: ScheduledJob;
  /** The next ticks, at most five; none while it is disabled or paused. */
  readonly upcoming: readonly number[];
  /** Its owner is a disabled user: it is paused until that user is enabled again. */
  readonly ownerDisabled: boolean;
  /** This server cannot submit jobs of its kind: it is paused here. */
  readonly kindUnknown: boolean;
}

export interface SchedulePage {
  readonly schedules: readonly ScheduleView[];
  readonly nextCursor: string | null;
}

const shownTicks = 5;

/** As whom a schedule submits. */
export function ownerContext({ id, ownerId }: StoredSchedule): RequestContext {
  return { caller: { userId: ownerId, roles: ['user'] }, correlationId: `schedule:${id}`, traceparent: null };
}

/** Of an owner that is not stored here nothing is known: it comes with JWTs, and so do others like it. */
export async function isOwnerDisabled(
  users: Pick<UserStore, 'find'>,
  { ownerId }: Pick<StoredSchedule, 'ownerId'>,
): Promise<boolean> {
  return (await users.find(ownerId))?.disabled ?? false;
}

export function createSchedules(deps: ScheduleDependencies): Schedules {
  const { store: { schedules: stored, records, users }, submitters } = deps;
  const find = async ({ caller }: RequestContext, scheduleId: string): Promise<Result<StoredSchedule>> =>
    requireRole(caller, 'operator') ??
    seenSchedule(await records.get(scheduleTable, [scheduleId]), caller, scheduleId);
  const viewed = async (found: Result<StoredSchedule>): Promise<Result<ScheduleView>> => {
    if (!found.ok) return found;
    const [view] = await viewsOf(deps, [found.value]);
    return view === undefined ? unknownSchedule(found.value.id) : ok(view);
  };
  return {
    create: async (context, input, idempotencyKey) =>
      viewed(await createSchedule(deps, context, input, idempotencyKey)),
    list: async ({ caller }, { ownerId, cursor, limit }) => {
      const refused = requireRole(caller, 'operator');
      const owner = refused ?? (await listedOwner(users, caller, ownerId));
      if (!owner.ok) return owner;
      const { entries, hasMore } = await readPage<StoredSchedule>({
        limit,
        firstStep: 4,
        read: (count, last) => stored.list({ ownerId: owner.value, after: last?.id ?? cursor ?? null, limit: count }),
      });
      return ok({ schedules: await viewsOf(deps, entries), nextCursor: hasMore ? (entries.at(-1)?.id ?? null) : null });
    },
    get: async (context, scheduleId) => viewed(await find(context, scheduleId)),
    replace: async (context, scheduleId, input) => viewed(await replaceSchedule(deps, context, scheduleId, input)),
    delete: (context, scheduleId) => deleteSchedule(deps, context, scheduleId),
    trigger: async (context, scheduleId, idempotencyKey) => {
      const found = await find(context, scheduleId);
      if (!found.ok) return found;
      const { ownerId, kind, name } = found.value;
      if (await isOwnerDisabled(users, found.value)) {
        return refuse('conflict', `Its owner ${ownerId} is disabled: enable that user first.`);
      }
      const submit = submitters.get(kind);
      if (submit === undefined) return refuse('conflict', `This server cannot schedule jobs of the kind ${kind}.`);
      const { correlationId, traceparent } = context;
      return submit({ ...ownerContext(found.value), correlationId, traceparent }, contentOf(found.value).job, {
        scheduleId,
        name,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey: `trigger:${scheduleId}:${idempotencyKey}` }),
      });
    },
  };
}

async function viewsOf(
  { store: { users }, submitters, cron }: Pick<ScheduleDependencies, 'store' | 'submitters' | 'cron'>,
  schedules: readonly StoredSchedule[],
): Promise<ScheduleView[]> {
  const byOwner = Map.groupBy(schedules, ({ ownerId }) => ownerId);
  const owners = [...byOwner.values()].flatMap(([one]) => one ?? []);
  const disabled = new Set<string>();
  await Promise.all(owners.map(async (one) => (await isOwnerDisabled(users, one)) && disabled.add(one.ownerId)));
  return schedules.map((schedule) => {
    const ownerDisabled = disabled.has(schedule.ownerId);
    const kindUnknown = !submitters.has(schedule.kind);
    const upcoming = ownerDisabled || kindUnknown ? [] : upcomingTicks(cron, schedule);
    return { schedule, job: contentOf(schedule).job, upcoming, ownerDisabled, kindUnknown };
  });
}

function upcomingTicks(cron: Cron, { cron: expression, timeZone, nextAt }: StoredSchedule): readonly number[] {
  const ticks: number[] = [];
  for (let tick = nextAt; tick !== null && ticks.length < shownTicks; tick = cron.next(expression, timeZone, tick)) {
    ticks.push(tick);
  }
  return ticks;
}
