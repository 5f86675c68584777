import { anyText, oneOf, optional, required, toggle, type FlagValues } from '../flag.ts';
import { jsonPlaceholder, readJsonValue } from '../json-value.ts';
import { UsageProblem } from '../usage-problem.ts';

/** What is said of a schedule, whatever the kind of its jobs. */
export const settingFlags = {
  name: required('NAME', anyText, 'Name of the schedule.'),
  cron: required(
    'CRON', anyText, "Minute, hour, day of month, month and day of week, such as '30 2 * * *'; or @daily and the like.",
  ),
  timeZone: optional('ZONE', anyText, 'Time zone of the cron by its IANA name, such as Europe/Berlin. Default: UTC.'),
  kind: optional('KIND', anyText, 'Kind of the jobs. Default: the first kind that the server can schedule.'),
  job: required(jsonPlaceholder, anyText, 'The job to submit: an object with the fields that its kind takes.'),
  missed: optional(
    'WHAT',
    oneOf('skip', 'once', 'all'),
    'For ticks that no server was up for: no job, one job for all of them, or one for each. Default: once.',
  ),
  disabled: toggle('Store it as disabled: nothing is submitted at its ticks.'),
};

/** The body of a request. Throws UsageProblem when the job is no JSON object. */
export function readSettings({ name, cron, timeZone, kind, job, missed, disabled }: FlagValues<typeof settingFlags>) {
  const fields = readJsonValue('--job', job);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new UsageProblem('--job must be a JSON object, such as {"type":"export"}');
  }
  return {
    ...fields,
    name,
    cron,
    ...(timeZone !== undefined && { timeZone }),
    ...(kind !== undefined && { kind }),
    ...(missed !== undefined && { missed }),
    enabled: !disabled,
  };
}
