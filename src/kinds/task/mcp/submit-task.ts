import * as z from 'zod';
import { jobSentence, showJob, shownJob } from '../../../transports/mcp/job.ts';
import { defineTool } from '../../../transports/mcp/tool.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import { taskLimits, taskType } from '../contract/task-fields.ts';
import type { taskRoutes } from '../contract/tasks.ts';

const key = z.string().min(1).max(taskLimits.keyLength);

export const submitTask = defineTool({
  name: 'submit_task',
  title: 'Submit a task',
  description:
    'Stores a task, which a worker for its type runs. list_task_types shows types with the JSON Schema of their ' +
    'data. Give a dedupeKey (or an idempotencyKey) whenever you may call this twice for the same work: then the ' +
    'second call answers the task of the first (`deduplicated`) and creates none. Without one, every call creates a ' +
    'task. wait_for_job waits for its result.',
  hints: { readOnly: false, destructive: false, idempotent: false },
  input: z.strictObject({
    type: taskType,
    data: z.json().default(null).describe('Input of the handler, up to 256 KB of JSON.'),
    dedupeKey: key.exactOptional().describe(
      'While a task with this type and key has not ended, it is answered instead of another one.',
    ),
    idempotencyKey: key.exactOptional().describe(
      'Also after its end: a repeat with the same key and input answers the same task. For one call and its repeats.',
    ),
    priority: z.int().min(-taskLimits.priority).max(taskLimits.priority).exactOptional().describe('Default: 0.'),
    runAt: z.string().max(40).exactOptional().describe('Earliest start, an ISO time. Default: now.'),
    maxAttempts: z.int().min(1).max(taskLimits.maxAttempts).exactOptional(),
    timeoutSeconds: z.int().min(1).max(taskLimits.maxTimeoutMs / 1_000).exactOptional().describe('Of one attempt.'),
    concurrencyKey: key.exactOptional().describe('Limits how many tasks with this type and key run at once.'),
    dependsOn: z.array(z.string().max(100)).min(1).max(100).exactOptional().describe('Jobs that must succeed first.'),
    labels: z.record(z.string(), z.string()).exactOptional().describe('What list_jobs finds it by, at most 8.'),
  }),
  output: z.object({ deduplicated: z.boolean().describe('Whether it was there already.'), job: shownJob }),
  async run({ timeoutSeconds, idempotencyKey, ...given }, { client, signal }) {
    const calls = client<CoreRoutes & typeof taskRoutes>();
    const timeout = timeoutSeconds === undefined ? {} : { timeout: timeoutSeconds * 1_000 };
    const repeated = idempotencyKey === undefined ? {} : { idempotencyKey };
    const { id, deduplicated } = await calls.submitTask({ body: { ...given, ...timeout }, ...repeated }, { signal });
    const job = showJob(await calls.getJob({ params: { id } }, { signal }));
    const { waitingFor } = job.details as { waitingFor?: { readonly message: string } | null };
    const why = waitingFor == null ? '' : ` ${waitingFor.message}`;
    const text = `${jobSentence(job)}${deduplicated ? '; it was there already' : ''}.${why}`;
    return { data: { deduplicated, job }, text };
  },
});
