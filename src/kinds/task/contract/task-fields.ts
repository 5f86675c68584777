import { bulkLimit } from '../domain/decide.ts';
import { jsonFits } from '../../../contract/sizes.ts';
import { webhookUrl } from '../../../contract/webhook-url.ts';
import * as z from 'zod';
import type { TaskFields, TaskInput } from '../domain/types.ts';
import { moment } from '../../../contract/moment.ts';
import { count, jobId, line, namesOf, time, userId } from '../../../contract/fields.ts';
import { jobProgress, sharedFields } from '../../../contract/jobs.ts';

export type { TaskFields, TaskInput };

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
  dependsOn: 100,
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
  .describe('In the order of its life, which ends with one of the last three, unless it is retried.');

export const taskType = z
  .string()
  .min(1)
  .max(taskLimits.typeLength)
  .regex(/^[A-Za-z0-9_.:/-]+$/, { error: 'must have letters, digits and _ . : / - only' })
  .describe('Says which handler does it: 1 to 100 letters, digits and `_ . : / -`.');

export const backoff = z
  .object({
    firstMs: count(taskLimits.backoffMs).describe('Before the second attempt. Milliseconds.'),
    maxMs: count(taskLimits.backoffMs).describe('What it doubles up to. Milliseconds.'),
  })
  .refine(({ firstMs, maxMs }) => firstMs <= maxMs, { path: ['maxMs'], error: 'must be at least firstMs' })
  .meta({ id: 'Backoff', description: 'Waits between attempts. Each is shortened by up to half, by chance.' });

export const maxAttempts = count(taskLimits.maxAttempts, 1).describe('Executions, the first one included.');

export const timeout = count(taskLimits.maxTimeoutMs, taskLimits.minTimeoutMs)
  .nullable()
  .describe('How long one attempt may take, in milliseconds; null: as long as its worker is heard of.');

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
    .describe('For the handler: any JSON of up to 256 KB; null if left out.'),
  totalItems: size.exactOptional().describe('How many there are, for the progress; the handler may say it later.'),
  priority: count(taskLimits.priority, -taskLimits.priority)
    .exactOptional()
    .describe('Greater ones begin first; 0 if left out.'),
  runAt: moment.exactOptional().describe('Not begun before; at once if left out.'),
  maxAttempts: maxAttempts.exactOptional(),
  backoff: backoff.exactOptional(),
  timeout: timeout.exactOptional(),
  dedupeKey: key
    .exactOptional()
    .describe('While a task of yours with this type and key has not ended, that one is answered and none is made.'),
  concurrencyKey: key
    .exactOptional()
    .describe('Of tasks of this type with the same key, only as many run at once as the type allows: one.'),
  dependsOn: z
    .array(jobId)
    .max(taskLimits.dependsOn)
    .exactOptional()
    .describe('Tasks that have to be completed before.'),
  onDependencyFailure: z
    .enum(['cancel', 'run'])
    .exactOptional()
    .describe('What becomes of it when one of them fails or is canceled; `cancel` if left out.'),
  webhookUrl: webhookUrl
    .exactOptional()
    .describe('Gets a signed POST with the task when it has ended.'),
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
    totalItems: count(Number.MAX_SAFE_INTEGER).nullable().describe('Null while nobody has said how many there are.'),
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
      .describe('The newest 100, oldest first; of the newest 10 with the stack, which has the causes as well.'),
    result: z.unknown().describe('What the handler returned; null before.'),
    priority: z.int(),
    attempt: count(1_000_000).describe('Executions that have begun; 0 before the first.'),
    maxAttempts: count(1_000_000),
    backoff: z.object({ firstMs: count(Number.MAX_SAFE_INTEGER), maxMs: count(Number.MAX_SAFE_INTEGER) }),
    timeout: count(Number.MAX_SAFE_INTEGER).nullable().describe('Of one attempt, in milliseconds; null: none.'),
    runAt: time.describe('Not begun before; the next attempt’s, while it waits for one.'),
    startedAt: time.nullable().describe('When the first attempt began.'),
    completedAt: time.nullable().describe('The same as `endedAt`: when it ended, however it did; null before.'),
    createdById: userId.describe('The same as `ownerId`.'),
    dedupeKey: z.string().nullable(),
    concurrencyKey: z.string().nullable(),
    dependsOn: z.array(jobId),
    waitsFor: z.array(jobId).describe('Those of `dependsOn` that have not ended.'),
    onDependencyFailure: z.enum(['cancel', 'run']),
    webhookUrl: z.string().nullable(),
    cancelRequested: z.boolean().describe('It is `canceled` once its handler has stopped.'),
    cancelReason: z.string().nullable().describe('Null unless it was canceled.'),
    scheduleId: z.string().nullable().describe('The schedule that submitted it; null: somebody did.'),
    waitingFor: z
      .object({ code: z.enum(['dependencies', 'time', 'paused', 'worker', 'turn']), message: z.string() })
      .nullable()
      .exactOptional()
      .describe(
        'Where one task is asked for: what keeps it from being begun; null when nothing does. `worker`: no worker ' +
          'asks for its type.',
      ),
  })
  .meta({ id: 'Task' });

/** What lists leave out unless it is asked for: each may be large. */
export const largeTaskFields = ['data', 'errorLog', 'result'] as const;

export function isLargeTaskField(name: string): name is (typeof largeTaskFields)[number] {
  return (largeTaskFields as readonly string[]).includes(name);
}

export const listedTask = task
  .extend({
    data: task.shape.data.exactOptional(),
    errorLog: task.shape.errorLog.exactOptional(),
    result: task.shape.result.exactOptional(),
  })
  .meta({ id: 'ListedTask', description: 'A task; of `data`, `errorLog` and `result` it has what was asked for.' });

/** A task among jobs of all kinds: its progress is said as theirs is. */
export const taskJob = task.extend({ progress: jobProgress }).meta({ id: 'TaskJob' });
export const listedTaskJob = listedTask.extend({ progress: jobProgress }).meta({ id: 'ListedTaskJob' });
