import * as z from 'zod';
import { jobId, showJob, shownJob } from '../job.ts';
import { defineTool, reads } from '../tool.ts';

export const getJob = defineTool({
  name: 'get_job',
  title: 'Show a job',
  description:
    'One job with its input, result, attempts and errors (`details`). Long texts and lists are cut. To find out why ' +
    'a job failed, use explain_failure.',
  hints: reads,
  input: z.strictObject({ jobId }),
  output: z.object({ job: shownJob }),
  async run({ jobId: id }, { client, signal }) {
    return { data: { job: showJob(await client().getJob({ params: { id } }, { signal })) } };
  },
});
