import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import { argument, defineCommand } from '../command.ts';
import { fields, plain } from '../output.ts';
import { stateOf } from './state.ts';

export default defineCommand({
  name: 'schedule get',
  summary: 'Show a schedule',
  description: 'For operators. Add --json to see the job that it submits.',
  arguments: { id: argument('ID', 'Id of the schedule.', 'id') },
  flags: {},
  examples: [['schedule get 01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b', 'that one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const schedule = await context.client<ScheduleRoutes>().getSchedule({ params: { id } }, { signal });
    if (output.json) return output.printJson(schedule);
    output.print(fields([
      ['schedule', schedule.scheduleId],
      ['name', plain(schedule.name)],
      ['owner', schedule.ownerId],
      ['kind', plain(schedule.kind)],
      ['cron', plain(`${schedule.cron} (${schedule.timeZone})`)],
      ['missed', schedule.missed],
      ['state', stateOf(schedule)],
      ['next ticks', schedule.nextTicks.length === 0 ? null : schedule.nextTicks.join('\n            ')],
      ['last tick', schedule.lastAt],
      ['last job', schedule.lastJobId],
      ['created', schedule.createdAt],
      ['updated', schedule.updatedAt],
    ]));
  },
});
