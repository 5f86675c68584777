import * as z from 'zod';
import { jobId, jobSentence, showJob, shownJob } from '../job.ts';
import { defineTool } from '../tool.ts';

const input = z.strictObject({ jobId });
const output = z.object({ job: shownJob });

export const cancelJob = defineTool({
  name: 'cancel_job',
  title: 'Cancel a job',
  description:
    'Ends a job that has not ended: at once, or as soon as its worker has stopped (`details.cancelRequested`). What ' +
    'was delivered stays paid, the rest of the credits comes back. Ask the person first.',
  hints: { readOnly: false, destructive: true, idempotent: true },
  input,
  output,
  async run({ jobId: id }, { client, signal }) {
    const job = showJob(await client().cancelJob({ params: { id } }, { signal }));
    const isStopping = job.endedAt === null;
    return { data: { job }, text: `${jobSentence(job)}${isStopping ? '; its worker is told to stop' : ''}.` };
  },
});

export const retryJob = defineTool({
  name: 'retry_job',
  title: 'Retry a job',
  description:
    'Runs a failed or canceled job again, with the same id and input. It does its work, and may cost, once more. ' +
    'Kinds that cannot be retried refuse it.',
  hints: { readOnly: false, destructive: false, idempotent: false },
  input,
  output,
  async run({ jobId: id }, { client, signal }) {
    const job = showJob(await client().retryJob({ params: { id } }, { signal }));
    return { data: { job }, text: `${jobSentence(job)}.` };
  },
});
