import { defineCommand, jobArgument } from '../command.ts';

export default defineCommand({
  name: 'job cancel',
  summary: 'Cancel a job',
  description:
    'What was delivered by then is paid; the other credits and the slot come back at once. Where a worker has to ' +
    'stop first, it is told to, and the job is canceled when it has.',
  arguments: { id: jobArgument },
  examples: [['job cancel 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'that one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const job = await context.client().cancelJob({ params: { id } }, { signal });
    if (output.json) output.printJson(job);
    else output.note(`Job ${id} is ${job.phase === 'canceled' ? 'canceled' : 'told to stop'}.`);
  },
});
