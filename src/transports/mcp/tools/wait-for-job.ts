import * as z from 'zod';
import { ApiError } from '../../../client/index.ts';
import { jobId, jobSentence, showJob, shownJob, type ShownJob } from '../job.ts';
import { defineTool, reads } from '../tool.ts';

/** Clients that hear of progress wait longer for the answer. */
const tellEveryMs = 5_000;

export const waitForJob = defineTool({
  name: 'wait_for_job',
  title: 'Wait for a job',
  description:
    'Waits until a job has ended, for at most timeoutSeconds, and shows it. If it has not ended by then, `ended` is ' +
    'false: call it again, or do something else meanwhile. Many clients give up on a tool after 60 seconds.',
  hints: reads,
  input: z.strictObject({
    jobId,
    timeoutSeconds: z.int().min(1).max(300).default(25).describe('How long to wait at most.'),
  }),
  output: z.object({ ended: z.boolean(), job: shownJob }),
  async run({ jobId: id, timeoutSeconds }, { client, signal, progress }) {
    // However long the first look takes, there is something to show.
    let job = showJob(await client().getJob({ params: { id } }, { signal }));
    const startedAt = performance.now();
    // Seconds, as it has to grow each time.
    const tell = (): void => progress((performance.now() - startedAt) / 1_000, timeoutSeconds, jobSentence(job));
    tell();
    const timer = setInterval(tell, tellEveryMs);
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]);
    try {
      if (job.endedAt === null) {
        for await (const view of client().watch(id, { signal: stop })) {
          job = showJob(view);
          tell();
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'aborted')) throw error;
    } finally {
      clearInterval(timer);
    }
    return { data: { ended: job.endedAt !== null, job }, text: `${jobSentence(job)}${nextStep(job)}.` };
  },
});

function nextStep({ endedAt, phase, details: { result } }: ShownJob): string {
  if (endedAt === null) return ': it has not ended yet, call wait_for_job again';
  if (phase === 'failed') return '; explain_failure says why';
  return result === undefined || result === null ? '' : `; its result is ${JSON.stringify(result)}`;
}
