import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import { argument, defineCommand } from '../command.ts';
import { readSettings, settingFlags } from './settings.ts';

export default defineCommand({
  name: 'schedule replace',
  summary: 'Replace all settings of a schedule',
  description:
    'For operators. If the cron expression or time zone changes, or the schedule is enabled again, it starts anew: ' +
    'ticks missed before that are not caught up.',
  arguments: { id: argument('ID', 'Id of the schedule.', 'id') },
  flags: settingFlags,
  examples: [
    [
      'schedule replace 01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b --name nightly --cron @daily --job @job.json --disabled',
      'and disable it',
    ],
  ],
  async run(context, { args: { id }, flags }) {
    const { output, signal } = context;
    const input = { params: { id }, body: readSettings(flags) as never };
    const schedule = await context.client<ScheduleRoutes>().replaceSchedule(input, { signal });
    if (output.json) output.printJson(schedule);
    else output.note(schedule.nextAt === null ? 'It is disabled.' : `Its next tick is at ${schedule.nextAt}.`);
  },
});
