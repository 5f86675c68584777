import { ok, refuse, type Result } from '../../domain/errors.ts';
import { scheduleTable, type StoredSchedule } from '../../ports/store/schedule-store.ts';
import type { Store } from '../../ports/store/store.ts';
import { storedBytes } from '../../ports/store/usage.ts';
import { maySee, requireRole, type Caller } from '../caller.ts';
import { fingerprint, sha256Uuid } from '../fingerprint.ts';
import { originOf } from '../operation.ts';
import { anotherRequest } from '../repeatable.ts';
import type { RequestContext } from '../request.ts';
import { counterRef, givePlaces, takePlaces } from '../write-path/counting.ts';
import type { Draft } from '../write-path/draft.ts';
import { ref } from '../write-path/refs.ts';
import type { WritePath } from '../write-path/write-path.ts';
import { contentOf, type ScheduleContent, type ScheduleInput } from './content.ts';
import type { ScheduleDependencies } from './dependencies.ts';

/** Schedules of one owner, at most. Each takes a place of a counter in the commit that makes it. */
export const maxSchedules = 1_000;

function placesOf(ownerId: string): Parameters<typeof takePlaces>[1] {
  return { kind: 'schedules', scope: ownerId, key: '' };
}

type Refused = Extract<Result<never>, { ok: false }>;

/**
 * Makes it, or answers the one that an earlier request with the key made. The row itself remembers that request, so
 * that of several at once, at whatever servers, one makes it and the others are answered it.
 */
export async function createSchedule(
  deps: ScheduleDependencies,
  context: RequestContext,
  input: ScheduleInput,
  idempotencyKey: string | undefined,
): Promise<Result<StoredSchedule>> {
  const ownerId = context.caller.userId;
  const problem = requireRole(context.caller, 'operator') ?? inputProblem(deps, input);
  if (problem !== null && (idempotencyKey === undefined || problem.refusal.code === 'forbidden')) return problem;
  const id = idempotencyKey === undefined ? deps.ids.uuid() : await idOfKey(ownerId, idempotencyKey);
  const createdBy = idempotencyKey === undefined ? null : await fingerprint(input);
  const content: ScheduleContent = { job: input.job, createdBy };
  const made = await deps.writePath.run<StoredSchedule>({
    ...originOf(context),
    reads: [ref.record(scheduleTable, [id]), counterRef(placesOf(ownerId))],
    bytes: storedBytes(content),
    decide: (draft) => {
      const before = draft.record(scheduleTable, [id]);
      if (before !== null) return contentOf(before).createdBy === createdBy ? ok(before) : anotherRequest();
      if (problem !== null) return problem;
      const place = takePlaces(draft, placesOf(ownerId), {
        count: 1,
        limit: maxSchedules,
        refused: (taken) => refuse('conflict', `You have reached the limit of ${taken} schedules: delete some first.`),
      });
      if (!place.ok) return place;
      return ok(draft.putRecord(scheduleTable, {
        ...settingsOf(input), id, ownerId, template: content,
        nextAt: input.enabled ? deps.cron.next(input.cron, input.timeZone, draft.now) : null,
        lastAt: null, lastJobId: null, createdAt: draft.now, updatedAt: draft.now,
      }));
    },
  });
  if (made.ok) deps.onChanged();
  return made;
}

/** The key determines the id, so nothing can be stored by half. */
function idOfKey(ownerId: string, key: string): Promise<string> {
  return sha256Uuid(JSON.stringify(['schedule', ownerId, key]));
}

export async function replaceSchedule(
  deps: ScheduleDependencies,
  context: RequestContext,
  scheduleId: string,
  input: ScheduleInput,
): Promise<Result<StoredSchedule>> {
  const { cron, timeZone, enabled, job } = input;
  const problem = inputProblem(deps, input);
  const replaced = await onSchedule(deps, context, scheduleId, storedBytes(job), (draft, before) => {
    if (problem !== null) return problem;
    const first = enabled ? deps.cron.next(cron, timeZone, draft.now) : null;
    const goesOn = before.cron === cron && before.timeZone === timeZone && before.nextAt !== null;
    const content: ScheduleContent = { ...contentOf(before), job };
    return ok(draft.putRecord(scheduleTable, {
      ...before, ...settingsOf(input), template: content, updatedAt: draft.now,
      nextAt: goesOn && first !== null ? Math.min(before.nextAt ?? first, first) : first,
    }));
  });
  if (replaced.ok) deps.onChanged();
  return replaced;
}

export function deleteSchedule(
  deps: ScheduleDependencies,
  context: RequestContext,
  scheduleId: string,
): Promise<Result<null>> {
  return onSchedule(deps, context, scheduleId, 0, (draft, { ownerId }) => {
    givePlaces(draft, placesOf(ownerId), 1);
    draft.deleteRecord(scheduleTable, [scheduleId]);
    return ok(null);
  });
}

/** Runs `decide` on a schedule that the caller sees; for everyone else it does not exist. */
async function onSchedule<T>(
  { writePath }: Pick<ScheduleDependencies, 'writePath'>,
  context: RequestContext,
  scheduleId: string,
  bytes: number,
  decide: (draft: Draft, schedule: StoredSchedule) => Result<T>,
): Promise<Result<T>> {
  const refused = requireRole(context.caller, 'operator');
  if (refused !== null) return refused;
  return writePath.run({
    ...originOf(context),
    reads: [ref.record(scheduleTable, [scheduleId])],
    bytes,
    decide: (draft) => {
      const seen = seenSchedule(draft.record(scheduleTable, [scheduleId]), context.caller, scheduleId);
      return seen.ok ? decide(draft, seen.value) : seen;
    },
  });
}

export function seenSchedule(
  schedule: StoredSchedule | null,
  caller: Caller,
  scheduleId: string,
): Result<StoredSchedule> {
  return schedule === null || !maySee(caller, schedule.ownerId) ? unknownSchedule(scheduleId) : ok(schedule);
}

/** Changes a schedule that has not changed since it was read. False: it was changed or deleted meanwhile. */
export function changeUnchanged(
  { writePath }: { readonly writePath: WritePath },
  read: StoredSchedule,
  changes: Partial<Pick<StoredSchedule, 'nextAt' | 'lastAt' | 'lastJobId'>>,
): Promise<Result<boolean>> {
  const { id, ownerId, version } = read;
  return writePath.run({
    actor: ownerId,
    correlationId: `schedule:${id}`,
    reads: [ref.record(scheduleTable, [id])],
    bytes: storedBytes(read.template),
    decide: (draft) => {
      const schedule = draft.record(scheduleTable, [id]);
      if (schedule?.version !== version) return ok(false);
      draft.putRecord(scheduleTable, { ...schedule, ...changes });
      return ok(true);
    },
  });
}

/** How many of an owner's schedules are disabled in one commit, at most: each may have a payload. */
const disabledAtOnce = 100;

/** Disables all schedules of an owner. Answers how many were enabled. */
export async function disableSchedules(
  { store: { records }, writePath }: { readonly store: Pick<Store, 'records'>; readonly writePath: WritePath },
  context: RequestContext,
  ownerId: string,
): Promise<Result<number>> {
  const where = { ownerId, enabled: true };
  for (let disabled = 0; ; ) {
    const enabled = await records.list(scheduleTable, { where, orderBy: ['name', 'id'], limit: disabledAtOnce });
    if (enabled.length === 0) return ok(disabled);
    const done = await writePath.run<number>({
      ...originOf(context),
      reads: enabled.map(({ id }) => ref.record(scheduleTable, [id])),
      decide: (draft) => {
        const still = enabled.flatMap(({ id }) => draft.record(scheduleTable, [id]) ?? []).filter((one) => one.enabled);
        for (const one of still) {
          draft.putRecord(scheduleTable, { ...one, enabled: false, nextAt: null, updatedAt: draft.now });
        }
        return ok(still.length);
      },
    });
    if (!done.ok) return done;
    disabled += done.value;
  }
}

type Settings = Pick<StoredSchedule, 'name' | 'cron' | 'timeZone' | 'kind' | 'jobType' | 'missed' | 'enabled'>;

function settingsOf({ name, cron, timeZone, kind, job, missed, enabled }: ScheduleInput): Settings {
  return { name, cron, timeZone, kind, jobType: job.type ?? '', missed, enabled };
}

function inputProblem(
  { cron, webhookUrlProblem, submitters, clock }: ScheduleDependencies,
  { cron: expression, timeZone, kind, job }: ScheduleInput,
): Refused | null {
  const urlProblem = job.webhookUrl == null ? null : webhookUrlProblem(job.webhookUrl);
  const fields = {
    ...cron.problems(expression, timeZone, clock.now()),
    ...(!submitters.has(kind) && { kind: cannotBeScheduled(submitters) }),
    ...(urlProblem !== null && { webhookUrl: urlProblem }),
  };
  const problems = Object.entries(fields).map(([field, problem]) => `${field} ${problem}`);
  if (problems.length === 0) return null;
  return refuse('invalid_request', `The request is not valid: ${problems.join('; ')}.`, { fields });
}

function cannotBeScheduled(submitters: ScheduleDependencies['submitters']): string {
  const kinds = [...submitters.keys()];
  if (kinds.length === 0) return 'cannot be scheduled: this server has no kind of job that can';
  return `must be ${kinds.length === 1 ? '' : 'one of '}${kinds.join(', ')}: no other kind can be scheduled here`;
}

export function unknownSchedule(scheduleId: string): Refused {
  return refuse('not_found', `There is no schedule ${scheduleId}.`);
}
