import { foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { Decision } from '../../src/domain/job/kind.ts';
import type { Result } from '../../src/domain/errors.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import type {
  ImageSetCommand,
  ImageSetEvent,
  ImageSetJob,
  ItemResult,
} from '../../src/kinds/image-set/domain/types.ts';

export const startedAt = Date.UTC(2026, 10, 22);
export const uploadTimeLimitMs = 3_600_000;
export const timeLimitMs = 7_200_000;

export const commands = {
  create: (itemCount = 3): ImageSetCommand & { type: 'create' } => ({
    type: 'create', ownerId: 'ada', preset: 'interior', itemCount, traceparent: null, uploadTimeLimitMs,
  }),
  confirm: (totalItems: number): ImageSetCommand => ({ type: 'confirmUpload', totalItems }),
  execute: (): ImageSetCommand => ({
    type: 'execute', concepts: { wall: { action: 'tone', value: 'warm' } }, protect: ['face'], ruleId: null,
    outputTemplate: null, force: false, output: { format: 'png' }, timeLimitMs,
  }),
  done: (idx: number, idempotencyKey = `key-${idx}`): ImageSetCommand => ({
    type: 'recordItemResult', result: resultOf(idx, 'done', idempotencyKey),
  }),
  failed: (idx: number, idempotencyKey = `key-${idx}`): ImageSetCommand => ({
    type: 'recordItemResult', result: resultOf(idx, 'failed', idempotencyKey),
  }),
  cancel: (): ImageSetCommand => ({ type: 'cancel' }),
  /** The time limit is over: counts only from the deadline on. */
  expire: (): ImageSetCommand => ({ type: 'expire', reason: 'too late', onlyOverdue: true }),
  /** The queue gave up: counts at once. */
  giveUp: (): ImageSetCommand => ({ type: 'expire', reason: 'given up', onlyOverdue: false }),
};

export function resultOf(idx: number, status: 'done' | 'failed', idempotencyKey: string): ItemResult {
  const done = status === 'done';
  return {
    idx,
    status,
    outputKey: done ? `outputs/ada/job/${idx}_result.png` : null,
    previewKey: done ? `previews/ada/job/${idx}_thumb.jpg` : null,
    error: done ? null : 'no wall found',
    errorCode: done ? null : 'no_mask',
    idempotencyKey,
  };
}

/** The events as they would be stored after `job`. */
export function record(
  job: ImageSetJob | null,
  events: readonly ImageSetEvent[],
  at: number,
): RecordedEvent<ImageSetEvent>[] {
  const version = job?.version ?? 0;
  return events.map((body, index) => ({
    jobId: 'job',
    kind: 'image-set',
    sequence: version + index + 1,
    occurredAt: at,
    actor: 'ada',
    correlationId: 'test',
    body,
  }));
}

export function decide(
  job: ImageSetJob | null,
  command: ImageSetCommand,
  now: number,
): Result<Decision<ImageSetEvent>> {
  if (job !== null) return imageSet.decide(job, command, now);
  if (command.type !== 'create') throw new Error('only create makes a job');
  return imageSet.create(command, now);
}

/** All events of a set that these commands were given to, one millisecond after another. Throws at a refusal. */
export function eventsOf(given: readonly ImageSetCommand[]): RecordedEvent<ImageSetEvent>[] {
  const events: RecordedEvent<ImageSetEvent>[] = [];
  given.forEach((command, index) => {
    const job = foldAll(imageSet, events);
    const decision = decide(job, command, startedAt + index);
    if (!decision.ok) throw new Error(`${command.type} is refused: ${decision.refusal.message}`);
    events.push(...record(job, decision.value.events, startedAt + index));
  });
  return events;
}

export function setAfter(...given: ImageSetCommand[]): ImageSetJob {
  const job = foldAll(imageSet, eventsOf(given));
  if (job === null) throw new Error('nothing was created');
  return job;
}
