import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import { defineCommand } from '../command.ts';
import { anyText, optional } from '../flag.ts';
import { readSettings, settingFlags } from './settings.ts';

export default defineCommand({
  name: 'schedule create',
  summary: 'Create a schedule, which submits a job at the times of a cron expression',
  description:
    'For operators. Submits exactly one job at each tick, in your name. Prints the id of the schedule alone on ' +
    'standard output.',
  flags: {
    ...settingFlags,
    idempotencyKey: optional('KEY', anyText, 'Makes retries safe: a repeat does not create another schedule.'),
  },
  exits: { 65: 'You have 1,000 schedules, which is the limit.' },
  examples: [
    [
      `schedule create --name nightly --cron '30 2 * * *' --time-zone Europe/Berlin --job '{"type":"export"}'`,
      'every night at half past two, in Berlin',
    ],
    ['schedule create --name hourly --cron @hourly --job @job.json', 'the job from a file'],
  ],
  async run(context, { flags: { idempotencyKey, ...settings } }) {
    const { output, signal } = context;
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const input = { body: readSettings(settings) as never, ...key };
    const schedule = await context.client<ScheduleRoutes>().createSchedule(input, { signal });
    if (output.json) return output.printJson(schedule);
    output.print(schedule.scheduleId);
    output.note(schedule.nextAt === null ? 'It is disabled.' : `Its first tick is at ${schedule.nextAt}.`);
  },
});
