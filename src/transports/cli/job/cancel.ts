import { defineCommand, jobArgument } from '../command.ts';

export default defineCommand({
  name: 'job cancel',
  summary: 'Cancel a job',
  description:
    'What was delivered is paid; the other credits and the slot are returned at once. If a worker is running the ' +
    'job, it is told to stop, and the job is canceled when it has stopped.',
  arguments: { id: jobArgument },
  examples: [['job cancel 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'a single one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const job = await context.client().cancelJob({ params: { id } }, { signal });
    if (output.json) output.printJson(job);
    else output.note(`Job ${id} is ${job.phase === 'canceled' ? 'canceled' : 'told to stop'}.`);
  },
});
