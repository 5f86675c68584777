import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import { argument, defineCommand } from '../command.ts';

export default defineCommand({
  name: 'schedule delete',
  summary: 'Delete a schedule',
  description: 'For operators. The jobs that it submitted stay.',
  arguments: { id: argument('ID', 'Id of the schedule.', 'id') },
  flags: {},
  examples: [['schedule delete 01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b', 'that one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await context.client<ScheduleRoutes>().deleteSchedule({ params: { id } }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Schedule ${id} is deleted.`);
  },
});
