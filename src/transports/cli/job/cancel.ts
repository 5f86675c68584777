import type { JobRoutes } from '../../../contract/jobs.ts';
import { defineCommand, jobArgument } from '../command.ts';
import { cancelJob } from './shown.ts';

export default defineCommand({
  name: 'job cancel',
  summary: 'Cancel a job',
  description:
    'Of an image set what was delivered by then is paid; the other credits and the slot come back at once. A task ' +
    'that runs is told to stop, and is canceled when its handler has ended.',
  arguments: { id: jobArgument },
  examples: [['job cancel 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'that one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await cancelJob(context.client<JobRoutes>(), id, signal);
    if (output.json) output.printJson(answer);
    else output.note(`Job ${id} is ${answer.status === 'canceled' ? 'canceled' : 'told to stop'}.`);
  },
});
