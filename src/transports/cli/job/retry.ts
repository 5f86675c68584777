import { defineCommand, jobArgument } from '../command.ts';

export default defineCommand({
  name: 'job retry',
  summary: 'Retry a job that failed or was canceled',
  description: 'Starts the job again. Not every kind of job can be retried.',
  arguments: { id: jobArgument },
  examples: [
    ['job retry 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'a single one'],
    ['job retry "$JOB_ID" && waybill job watch "$JOB_ID"', 'retry it, and watch it'],
  ],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const job = await context.client().retryJob({ params: { id } }, { signal });
    if (output.json) output.printJson(job);
    else output.note(`Job ${id} is ${job.status}: \`waybill job watch ${id}\` follows it.`);
  },
});
