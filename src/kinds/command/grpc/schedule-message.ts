import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ScheduledJob, ScheduleInput } from '../../../application/schedules/content.ts';
import type { ScheduleView } from '../../../application/schedules/schedules.ts';
import type { Result } from '../../../contract/errors.ts';
import { createValueReader } from '../../../contract/input/reader.ts';
import { Problems } from '../../../contract/input/problems.ts';
import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import type { JobDefinitionSchema } from '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import type {
  CreateScheduleRequest, ScheduleSchema,
} from '../../../contract/proto/generated/waybill/v1/scheduler_service_pb.ts';
import { inputOf, type SubmitCommand } from '../application/commands.ts';
import { scheduledCommands } from '../contract/scheduled.ts';
import { addUnsupported, contentOf, definitionOf, definitionPaths } from './definition.ts';
import { badMessage, given, pathsBy, taken, type PathOf } from './reading.ts';

const definition = 'schedule.job_definition';
const own: PathOf = pathsBy({ timeZone: 'time_zone' }, 'schedule');
const ofJob = definitionPaths(definition);
const ownFields: ReadonlySet<string> = new Set(['name', 'cron', 'timeZone', 'enabled', '', 'it']);

export const schedulePaths: PathOf = (field) => (ownFields.has(field) ? own(field) : ofJob(field));

/** Reads schedules by what REST takes for a body. */
export function createScheduleReader(body: ScheduleRoutes['createSchedule']['body']) {
  const read = createValueReader(body, false);
  return ({ schedule, paused }: CreateScheduleRequest): Result<ScheduleInput> => {
    const problems = new Problems();
    const job = schedule?.jobDefinition;
    if (schedule === undefined || job === undefined) {
      return badMessage({ [schedule === undefined ? 'schedule' : definition]: 'is required' });
    }
    if (schedule.id !== '') problems.add('schedule.id', 'must be left out: the server makes it');
    if (job.jobId !== undefined) problems.add(`${definition}.job_id`, 'must be left out: each job has its own');
    if (job.name !== '' && job.name !== schedule.name) {
      problems.add(`${definition}.name`, 'must be left out: jobs have the name of their schedule');
    }
    if (job.dependsOn.length > 0) {
      problems.add(`${definition}.depends_on`, 'must be left out: each job would need others');
    }
    addUnsupported(job, problems, definition);
    if (problems.found) return badMessage(problems.fields());
    const asked = taken(read({
      ...given('name', schedule.name, ''), ...given('cron', schedule.cron, ''),
      ...given('timeZone', schedule.timeZone, ''), enabled: !paused, kind: scheduledCommands.kind,
      ...contentOf(job), labels: job.labels,
    }), schedulePaths);
    if (!asked.ok) return asked;
    const { name, cron, timeZone, missed, enabled, kind, ...content } = asked.value;
    return { ok: true, value: { name, cron, timeZone, missed, enabled, kind, job: content as ScheduledJob } };
  };
}

export function scheduleMessage({ schedule, job, upcoming }: ScheduleView): MessageInitShape<typeof ScheduleSchema> {
  const { id, name, cron, timeZone, enabled, lastAt } = schedule;
  const [next] = upcoming;
  return {
    id, name, cron, timeZone, enabled,
    jobDefinition: scheduledDefinition({ ...(job as unknown as SubmitCommand), name }),
    ...(next !== undefined && { nextRunAt: timestampFromMs(next) }),
    ...(lastAt !== null && { lastRunAt: timestampFromMs(lastAt) }),
  };
}

/** Each job gets the default time limit at the time it is queued, unless the schedule sets one. */
function scheduledDefinition(job: SubmitCommand): MessageInitShape<typeof JobDefinitionSchema> {
  const input = inputOf(job, 0);
  const { jobId: _, ...shown } = definitionOf('', input);
  if (job.timeoutMs !== undefined) return shown;
  return { ...shown, timeout: { cleanupTimeout: durationFromMs(input.graceMs) } };
}
