import { bulkLimit } from '../domain/decide.ts';
import { searchLimits } from '../domain/search-keys.ts';
import { jsonFits } from '../../../contract/sizes.ts';
import { webhookUrl } from '../../../contract/webhook-url.ts';
import * as z from 'zod';
import { inputOf, type TaskFields } from '../domain/types.ts';
import { labelsOf } from '../../../contract/labels.ts';
import { moment } from '../../../contract/moment.ts';
import { count, jobId, line, namesOf, time, userId } from '../../../contract/fields.ts';
import { dependsOn, onDependencyFailure } from '../../../contract/dependencies.ts';
import { jobProgress, sharedFields } from '../../../contract/jobs.ts';

export { inputOf, type TaskFields };

/** What tasks, their types and their schedules have in common. Nothing from outside is without a limit. */
export const taskLimits = {
  typeLength: 100,
  /** Of `data` as JSON in UTF-8. */
  dataBytes: 256 * 1_024,
  totalItems: 1_000_000_000,
  priority: 1_000,
  maxAttempts: 100,
  backoffMs: 86_400_000,
  minTimeoutMs: 1_000,
  maxTimeoutMs: 7 * 86_400_000,
  keyLength: 200,
  bulk: bulkLimit,
  offset: 10_000,
  logLines: 1_000,
} as const;

export const taskStatus = z
  .enum(
    namesOf<'pending' | 'processing' | 'completed' | 'failed' | 'canceled'>({
      pending: true, processing: true, completed: true, failed: true, canceled: true,
    }),
  )
  .describe('In the order of the lifecycle; the last three are terminal, unless the task is retried.');

export const taskType = z
  .string()
  .min(1)
  .max(taskLimits.typeLength)
  .regex(/^[A-Za-z0-9_.:/-]+$/, { error: 'must have only letters, digits and _ . : / -' })
  .describe('Selects the handler: 1 to 100 letters, digits and `_ . : / -`.');

export const backoff = z
  .object({
    firstMs: count(taskLimits.backoffMs).describe('Delay before the second attempt. Milliseconds.'),
    maxMs: count(taskLimits.backoffMs).describe('Upper bound: the delay doubles up to this. Milliseconds.'),
  })
  .refine(({ firstMs, maxMs }) => firstMs <= maxMs, { path: ['maxMs'], error: 'must be at least firstMs' })
  .meta({ id: 'Backoff', description: 'Delays between attempts. Each is shortened at random by up to half.' });

export const maxAttempts = count(taskLimits.maxAttempts, 1).describe(
  'Maximum number of attempts, the first one included.',
);

export const timeout = count(taskLimits.maxTimeoutMs, taskLimits.minTimeoutMs)
  .nullable()
  .describe('Timeout of one attempt in milliseconds; null: none, as long as its worker sends heartbeats.');

const key = line(taskLimits.keyLength);
const size = count(taskLimits.totalItems);

/** What a client says of a task that it wants done. */
export const newTask = z.object({
  type: taskType,
  data: z
    .unknown()
    .refine((data) => jsonFits(data, taskLimits.dataBytes), {
      error: `must have at most ${taskLimits.dataBytes} bytes of JSON`,
    })
    .default(null)
    .describe('Input of the handler: any JSON of up to 256 KB. Default: null.'),
  totalItems: size.exactOptional().describe('Number of items, for the progress; the handler may set it later.'),
  priority: count(taskLimits.priority, -taskLimits.priority)
    .exactOptional()
    .describe('Higher priorities start first. Default: 0.'),
  runAt: moment.exactOptional().describe('Earliest start, at most 36525 days from now. Default: now.'),
  maxAttempts: maxAttempts.exactOptional(),
  backoff: backoff.exactOptional(),
  timeout: timeout.exactOptional(),
  dedupeKey: key
    .exactOptional()
    .describe(
      'While a task of yours with this type and key has not ended, it is returned instead of creating another.',
    ),
  concurrencyKey: key
    .exactOptional()
    .describe('Limits how many tasks of this type with the same key run at once: one, unless the type allows more.'),
  dependsOn: dependsOn.exactOptional(),
  onDependencyFailure: onDependencyFailure.exactOptional(),
  webhookUrl: webhookUrl
    .exactOptional()
    .describe('Receives a signed POST with the task when it has ended.'),
  labels: labelsOf(searchLimits.labels)
    .exactOptional()
    .describe('What lists find the task by, at most 8. Those that the type makes of `data` (`searchable`) go first.'),
});

const { progress: _, ...shared } = sharedFields;

export const task = z
  .object({
    ...shared,
    kind: z.literal('task'),
    type: z.string(),
    status: taskStatus,
    progress: count(100).describe('Percent; 100 only when completed.'),
    data: z.unknown(),
    totalItems: count(Number.MAX_SAFE_INTEGER).nullable().describe('Null while the total is unknown.'),
    processedItems: count(Number.MAX_SAFE_INTEGER),
    errorLog: z
      .array(
        z.object({
          at: time,
          item: z.string().exactOptional(),
          message: z.string(),
          code: z.string().exactOptional(),
          stack: z.string().exactOptional(),
        }),
      )
      .describe('The newest 100 errors, oldest first; the newest 10 include the stack with its causes.'),
    result: z.unknown().describe('Return value of the handler; null until it has completed.'),
    steps: z
      .array(z.object({
        name: z.string(),
        at: time.describe('When it was done.'),
        tookMs: count(Number.MAX_SAFE_INTEGER).nullable().describe('Milliseconds; null where its worker did not say.'),
        attempt: count(1_000_000).describe('Which one did it.'),
        result: z.unknown(),
      }))
      .describe('What the handler has checkpointed; the next attempt goes on after them.'),
    priority: z.int(),
    attempt: count(1_000_000).describe('Number of attempts that have started.'),
    maxAttempts: count(1_000_000),
    backoff: z.object({ firstMs: count(Number.MAX_SAFE_INTEGER), maxMs: count(Number.MAX_SAFE_INTEGER) }),
    timeout: count(Number.MAX_SAFE_INTEGER).nullable().describe('Timeout of one attempt in milliseconds; null: none.'),
    runAt: time.describe('Earliest start, or that of the next attempt while it waits for a retry.'),
    startedAt: time.nullable().describe('Start of the first attempt.'),
    completedAt: time.nullable().describe('The same as `endedAt`: when it ended, with any outcome.'),
    createdById: userId.describe('The same as `ownerId`.'),
    dedupeKey: z.string().nullable(),
    concurrencyKey: z.string().nullable(),
    dependsOn: z.array(jobId),
    waitsFor: z.array(jobId).describe('Jobs of `dependsOn` that have not ended.'),
    onDependencyFailure: z.enum(['cancel', 'run']),
    webhookUrl: z.string().nullable(),
    cancelRequested: z.boolean().describe('True while its handler is being stopped; it becomes `canceled` then.'),
    cancelReason: z.string().nullable().describe('Null unless it was canceled.'),
    scheduleId: z.string().nullable().describe('The schedule that submitted it, or null.'),
    waitingFor: z
      .object({ code: z.enum(['dependencies', 'time', 'paused', 'worker', 'turn']), message: z.string() })
      .nullable()
      .exactOptional()
      .describe(
        'Only for a single task: why it has not started; null if nothing holds it up. `worker`: no worker polls ' +
          'for its type.',
      ),
  })
  .meta({ id: 'Task' });

/** What lists leave out unless it is asked for: each may be large. */
export const largeTaskFields = ['data', 'errorLog', 'result', 'steps'] as const;

export function isLargeTaskField(name: string): name is (typeof largeTaskFields)[number] {
  return (largeTaskFields as readonly string[]).includes(name);
}

export const listedTask = task
  .extend({
    data: task.shape.data.exactOptional(),
    errorLog: task.shape.errorLog.exactOptional(),
    result: task.shape.result.exactOptional(),
    steps: task.shape.steps.exactOptional(),
  })
  .meta({
    id: 'ListedTask',
    description: 'A task with those of `data`, `errorLog`, `result` and `steps` that were requested.',
  });

/** A task among jobs of all kinds: its progress is said as theirs is. */
export const taskJob = task.extend({ progress: jobProgress }).meta({ id: 'TaskJob' });
export const listedTaskJob = listedTask.extend({ progress: jobProgress }).meta({ id: 'ListedTaskJob' });
