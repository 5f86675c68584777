import { anotherRequest } from '../repeatable.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { Cron } from '../../ports/cron.ts';
import type { ScheduleStore, StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { UserStore } from '../../ports/store/user-store.ts';
import type { WebhookTransport } from '../../ports/webhook-transport.ts';
import type { Clock, Ids } from '../../ports/world.ts';
import type { RequestContext } from '../request.ts';
import { maySee, requireRole } from '../caller.ts';
import { fingerprint, sha256Hex } from '../fingerprint.ts';
import { listedOwner } from '../jobs/jobs.ts';
import { readPage } from '../page.ts';

/** For operators: their own; an admin's are everybody's. */
export interface Schedules {
  /** A repeated `idempotencyKey` answers what the first request made. */
  create(context: RequestContext, input: ScheduleInput, idempotencyKey?: string): Promise<Result<ScheduleView>>;
  list(
    context: RequestContext,
    options: { readonly ownerId?: string; readonly cursor?: string; readonly limit: number },
  ): Promise<Result<SchedulePage>>;
  get(context: RequestContext, scheduleId: string): Promise<Result<ScheduleView>>;
  /** With another cron or time zone, or switched on again, it begins anew: what was missed until now is not made. */
  replace(context: RequestContext, scheduleId: string, input: ScheduleInput): Promise<Result<ScheduleView>>;
  delete(context: RequestContext, scheduleId: string): Promise<Result<null>>;
  /** Submits one now, beside its ticks; the owner's, whoever asks. */
  trigger(context: RequestContext, scheduleId: string, idempotencyKey?: string): Promise<Result<SubmittedJob>>;
}

/** What is submitted at each tick: as its kind has it, plain JSON. */
export type ScheduledJob = Readonly<Record<string, unknown>> & {
  readonly type: string;
  /** Where the job's end is told. */
  readonly webhookUrl?: string;
};

/** Submits a job of a schedule. The same `idempotencyKey` again answers the first one. */
export type SubmitScheduled = (
  context: RequestContext,
  job: ScheduledJob,
  of: { readonly scheduleId: string; readonly runAt?: number; readonly idempotencyKey?: string },
) => Promise<Result<SubmittedJob>>;

export interface SubmittedJob {
  readonly jobId: string;
  /** False: an earlier request with the same key made it. */
  readonly isNew: boolean;
}

export interface ScheduleInput {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly job: ScheduledJob;
  readonly missed: StoredSchedule['missed'];
  readonly enabled: boolean;
}

export interface ScheduleView {
  readonly schedule: StoredSchedule;
  readonly job: ScheduledJob;
  /** The next ticks, at most five; none while it is switched off. */
  readonly upcoming: readonly number[];
  /** Its owner is a disabled user: it stands still until that is enabled again. */
  readonly ownerDisabled: boolean;
}

export interface SchedulePage {
  readonly schedules: readonly ScheduleView[];
  readonly nextCursor: string | null;
}

export interface ScheduleDependencies {
  readonly schedules: ScheduleStore;
  readonly users: Pick<UserStore, 'find'>;
  readonly submit: SubmitScheduled;
  readonly cron: Cron;
  readonly webhookUrlProblem: WebhookTransport['urlProblem'];
  readonly clock: Clock;
  readonly ids: Ids;
  /** A schedule was made or changed: the ticker has to look when it is due. */
  readonly onChanged: () => void;
}

/** What is kept in `StoredSchedule.template`. */
interface Template {
  readonly job: ScheduledJob;
  /** Of the request that made it, when that came with an Idempotency-Key. */
  readonly createdBy: string | null;
}

/** Schedules of one owner, at most. */
const maxSchedules = 1_000;
const shownTicks = 5;

export function jobOf({ template }: StoredSchedule): ScheduledJob {
  return (template as Template).job;
}

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
  const viewsOf = async (schedules: readonly StoredSchedule[]): Promise<ScheduleView[]> => {
    const byOwner = Map.groupBy(schedules, ({ ownerId }) => ownerId);
    const owners = [...byOwner.values()].flatMap(([one]) => one ?? []);
    const disabled = new Set<string>();
    await Promise.all(owners.map(async (one) => (await isOwnerDisabled(deps.users, one)) && disabled.add(one.ownerId)));
    return schedules.map((schedule) => {
      const ownerDisabled = disabled.has(schedule.ownerId);
      const upcoming = ownerDisabled ? [] : upcomingTicks(deps.cron, schedule);
      return { schedule, job: jobOf(schedule), upcoming, ownerDisabled };
    });
  };
  const viewed = async (found: Result<StoredSchedule>): Promise<Result<ScheduleView>> => {
    if (!found.ok) return found;
    const [view] = await viewsOf([found.value]);
    return view === undefined ? unknownSchedule(found.value.id) : ok(view);
  };
  return {
    create: async (context, input, idempotencyKey) => viewed(await create(deps, context, input, idempotencyKey)),
    list: async ({ caller }, { ownerId, cursor, limit }) => {
      const refused = requireRole(caller, 'operator');
      const owner = refused ?? (await listedOwner(deps.users, caller, ownerId));
      if (!owner.ok) return owner;
      const { entries, hasMore } = await readPage<StoredSchedule>({
        limit,
        firstStep: 4,
        read: (count, last) =>
          deps.schedules.list({ ownerId: owner.value, after: last?.id ?? cursor ?? null, limit: count }),
      });
      return ok({ schedules: await viewsOf(entries), nextCursor: hasMore ? (entries.at(-1)?.id ?? null) : null });
    },
    get: async (context, scheduleId) => viewed(await find(deps, context, scheduleId)),
    replace: async (context, scheduleId, input) => viewed(await replace(deps, context, scheduleId, input)),
    delete: async (context, scheduleId) => {
      const found = await find(deps, context, scheduleId);
      if (!found.ok) return found;
      return (await deps.schedules.delete(scheduleId)) ? ok(null) : unknownSchedule(scheduleId);
    },
    trigger: async (context, scheduleId, idempotencyKey) => {
      const found = await find(deps, context, scheduleId);
      if (!found.ok) return found;
      if (await isOwnerDisabled(deps.users, found.value)) {
        return refuse('conflict', `Its owner ${found.value.ownerId} is disabled: enable that user first.`);
      }
      const { correlationId, traceparent } = context;
      return deps.submit({ ...ownerContext(found.value), correlationId, traceparent }, jobOf(found.value), {
        scheduleId,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey: `trigger:${scheduleId}:${idempotencyKey}` }),
      });
    },
  };
}

async function create(
  deps: ScheduleDependencies,
  { caller }: RequestContext,
  input: ScheduleInput,
  idempotencyKey: string | undefined,
): Promise<Result<StoredSchedule>> {
  const refused = requireRole(caller, 'operator');
  if (refused !== null) return refused;
  const { schedules, clock, cron, ids } = deps;
  const ownerId = caller.userId;
  const id = idempotencyKey === undefined ? ids.uuid() : await idOfKey(ownerId, idempotencyKey);
  const createdBy = idempotencyKey === undefined ? null : await fingerprint(input);
  const repeated = async (): Promise<Result<StoredSchedule> | null> => {
    const before = idempotencyKey === undefined ? null : await schedules.get(id);
    if (before === null || (before.template as Template).createdBy === createdBy) return before && ok(before);
    return anotherRequest();
  };
  const earlier = (await repeated()) ?? inputProblem(deps, input);
  if (earlier !== null) return earlier;
  if ((await schedules.count(ownerId)) >= maxSchedules) {
    return refuse('conflict', `You have ${maxSchedules} schedules, which is the limit: delete some.`);
  }
  const now = clock.now();
  const { name, timeZone, missed, enabled, job } = input;
  const template: Template = { job, createdBy };
  const schedule: StoredSchedule = {
    id, ownerId, name, cron: input.cron, timeZone, jobType: job.type, template, missed, enabled,
    nextAt: enabled ? cron.next(input.cron, timeZone, now) : null,
    lastAt: null, lastJobId: null, version: now, createdAt: now, updatedAt: now,
  };
  if (await schedules.insert(schedule)) {
    deps.onChanged();
    return ok(schedule);
  }
  return (await repeated()) ?? refuse('unavailable', 'The schedule was deleted as it was made: try again.');
}

/**
 * The key is the id: the row itself remembers the request, so that nothing can be stored by half. Version 8 of
 * RFC 9562, which is for ids of one's own making.
 */
async function idOfKey(ownerId: string, key: string): Promise<string> {
  const digits = await sha256Hex(JSON.stringify(['schedule', ownerId, key]));
  const variant = ((parseInt(digits.slice(15, 16), 16) & 0x3) | 0x8).toString(16);
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(12, 15)}`];
  return [...parts, variant + digits.slice(16, 19), digits.slice(19, 31)].join('-');
}

async function replace(
  deps: ScheduleDependencies,
  context: RequestContext,
  scheduleId: string,
  input: ScheduleInput,
): Promise<Result<StoredSchedule>> {
  const { schedules, clock, cron } = deps;
  // A ticker may change it at the same time, at most once a second.
  for (let tries = 0; tries < 20; tries++) {
    const found = await find(deps, context, scheduleId);
    const refused = found.ok ? inputProblem(deps, input) : found;
    if (!found.ok || refused !== null) return refused ?? found;
    const before = found.value;
    const now = clock.now();
    const { name, timeZone, missed, enabled, job } = input;
    const first = enabled ? cron.next(input.cron, timeZone, now) : null;
    const goesOn = before.cron === input.cron && before.timeZone === timeZone && before.nextAt !== null;
    const template: Template = { ...(before.template as Template), job };
    const after: StoredSchedule = {
      ...before, name, cron: input.cron, timeZone, jobType: job.type, template, missed, enabled, updatedAt: now,
      nextAt: goesOn && first !== null ? Math.min(before.nextAt ?? first, first) : first,
    };
    if (await schedules.replace(after, before.version)) {
      deps.onChanged();
      return ok({ ...after, version: before.version + 1 });
    }
  }
  return refuse('unavailable', 'The schedule was changed by others again and again: try again.');
}

async function find(
  { schedules }: Pick<ScheduleDependencies, 'schedules'>,
  { caller }: RequestContext,
  scheduleId: string,
): Promise<Result<StoredSchedule>> {
  const refused = requireRole(caller, 'operator');
  if (refused !== null) return refused;
  const schedule = await schedules.get(scheduleId);
  return schedule === null || !maySee(caller, schedule.ownerId) ? unknownSchedule(scheduleId) : ok(schedule);
}

function inputProblem(
  { cron, webhookUrlProblem, clock }: ScheduleDependencies,
  { cron: expression, timeZone, job }: ScheduleInput,
): Extract<Result<never>, { ok: false }> | null {
  const { webhookUrl } = job;
  const urlProblem = webhookUrl === undefined ? null : webhookUrlProblem(webhookUrl);
  const fields = {
    ...cron.problems(expression, timeZone, clock.now()),
    ...(urlProblem === null ? {} : { webhookUrl: urlProblem }),
  };
  const problems = Object.entries(fields).map(([field, problem]) => `${field} ${problem}`);
  if (problems.length === 0) return null;
  return refuse('invalid_request', `The request is not valid: ${problems.join('; ')}.`, { fields });
}

function upcomingTicks(cron: Cron, { cron: expression, timeZone, nextAt }: StoredSchedule): readonly number[] {
  const ticks: number[] = [];
  for (let tick = nextAt; tick !== null && ticks.length < shownTicks; tick = cron.next(expression, timeZone, tick)) {
    ticks.push(tick);
  }
  return ticks;
}

function unknownSchedule(scheduleId: string): Extract<Result<never>, { ok: false }> {
  return refuse('not_found', `There is no schedule ${scheduleId}.`);
}
