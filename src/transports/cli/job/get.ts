import { defineCommand, jobArgument } from '../command.ts';
import { jobText } from './text.ts';

export default defineCommand({
  name: 'job get',
  summary: 'Show a job',
  arguments: { id: jobArgument },
  examples: [
    ['job get 01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', 'for people'],
    ['job get --id "$JOB_ID" --json | jq -r .status', 'for scripts'],
  ],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const job = await context.client().getJob({ params: { id } }, { signal });
    if (output.json) output.printJson(job);
    else output.print(await jobText(context, job));
  },
});
