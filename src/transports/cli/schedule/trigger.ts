import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import { argument, defineCommand } from '../command.ts';
import { anyText, optional } from '../flag.ts';

export default defineCommand({
  name: 'schedule trigger',
  summary: 'Submit the job of a schedule now',
  description:
    'For operators. In addition to its ticks, which go on as they were; also while it is disabled. Prints the id of ' +
    'the job alone on standard output.',
  arguments: { id: argument('ID', 'Id of the schedule.', 'id') },
  flags: { idempotencyKey: optional('KEY', anyText, 'Makes retries safe: a repeat does not create another job.') },
  exits: { 65: 'Its owner is disabled, or the server cannot schedule jobs of its kind.' },
  examples: [['schedule trigger 01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b', 'that one']],
  async run(context, { args: { id }, flags: { idempotencyKey } }) {
    const { output, signal } = context;
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const answer = await context.client<ScheduleRoutes>().triggerSchedule({ params: { id }, ...key }, { signal });
    if (output.json) output.printJson(answer);
    else output.print(answer.jobId);
  },
});
