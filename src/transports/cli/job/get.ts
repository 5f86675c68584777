import type { JobRoutes } from '../../../contract/jobs.ts';
import { defineCommand, jobArgument } from '../command.ts';
import { findJob } from './shown.ts';

export default defineCommand({
  name: 'job get',
  summary: 'Show a job with its results and errors',
  arguments: { id: jobArgument },
  examples: [
    ['job get 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'for people'],
    ['job get --id "$JOB_ID" --json | jq -r .status', 'for scripts'],
  ],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const job = await findJob(context.client<JobRoutes>(), id, signal);
    if (output.json) output.printJson(job.view);
    else output.print(job.text);
  },
});
