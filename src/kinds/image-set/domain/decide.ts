import type { JobEnd } from '../../../domain/account/decide.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { addDependent, tellDependents } from '../../../domain/job/dependencies.ts';
import type { Decision, Effect } from '../../../domain/job/kind.ts';
import type { EndPhase } from '../../../domain/lifecycle.ts';
import { clockToleranceMs } from '../../../domain/job/start.ts';
import { imageSetLifecycle } from './lifecycle.ts';
import type { ImageSetCommand, ImageSetEvent, ImageSetJob, ItemResult } from './types.ts';

/** Most items of one set. */
export const maxItems = 200;
/** The queue whose messages image workers take. */
export const imageQueue = 'gpu-jobs';

type Decided = Result<Decision<ImageSetEvent>>;
const nothing: Decision<ImageSetEvent> = { events: [], effects: [] };

export function create(command: ImageSetCommand & { readonly type: 'create' }, now: number): Decided {
  const { ownerId, preset, itemCount, inputs, names, traceparent, uploadTimeLimitMs } = command;
  if (!Number.isInteger(itemCount) || itemCount < 1 || itemCount > maxItems) {
    return refuse('invalid_request', `A set must have 1 to ${maxItems} items.`, {
      fields: { itemCount: `1 to ${maxItems}` },
    });
  }
  const deadlineAt = now + uploadTimeLimitMs;
  const of = { ownerId, traceparent, preset, itemCount, ...(names !== undefined && { names }), deadlineAt };
  const created = { type: 'JobCreated', state: 'created', ...of } as const;
  if (inputs === undefined) return ok({ events: [created], effects: [] });
  const confirmed = { type: 'UploadConfirmed', state: 'uploaded', total: itemCount } as const;
  return ok({ events: [{ ...created, inputs }, confirmed], effects: [] });
}

export function decide(job: ImageSetJob, command: ImageSetCommand, now: number): Decided {
  switch (command.type) {
    case 'create':
      return ok(nothing);
    case 'confirmUpload':
      return confirmUpload(job, command.totalItems ?? job.fields.itemCount);
    case 'execute':
      return execute(job, command, now);
    case 'recordItemResult':
      return recordItemResult(job, command.result);
    case 'cancel':
      return cancel(job);
    case 'correctDeadline':
      if (job.deadlineAt !== command.from || now < command.at - clockToleranceMs) return ok(nothing);
      return ok({ events: [{ type: 'DeadlineCorrected', deadlineAt: command.to }], effects: [] });
    case 'expire':
      return command.onlyOverdue && !isOverdue(job, now) ? ok(nothing) : expire(job, command.reason);
    case 'addDependent':
      return addDependent(job, command);
    case 'loseLease':
    case 'dependencyEnded':
      return ok(nothing);
    case 'retry':
      const message = 'An image set cannot be retried: create a new one from its photos with inputsFrom.';
      return refuse('invalid_state', message, {
        state: job.state,
      });
  }
}

function confirmUpload(job: ImageSetJob, totalItems: number): Decided {
  if (job.state !== 'created') return outOfState(job, 'confirm the upload', 'created');
  const { itemCount } = job.fields;
  if (!Number.isInteger(totalItems) || totalItems < 1 || totalItems > itemCount) {
    return refuse('invalid_request', `This set was created for ${itemCount} items: confirm 1 to ${itemCount}.`, {
      fields: { totalItems: `1 to ${itemCount}` },
    });
  }
  const effects: Effect[] = totalItems < itemCount ? [{ type: 'shrink-reservation', keep: totalItems }] : [];
  return ok({ events: [{ type: 'UploadConfirmed', state: 'uploaded', total: totalItems }], effects });
}

function execute(job: ImageSetJob, command: ImageSetCommand & { readonly type: 'execute' }, now: number): Decided {
  if (job.state !== 'uploaded') return outOfState(job, 'execute', 'uploaded');
  const { concepts, protect, ruleId, outputTemplate, force, output, timeLimitMs } = command;
  const wanted = { concepts, protect, ruleId, outputTemplate, force, output };
  return ok({
    events: [{ type: 'JobQueued', state: 'queued', deadlineAt: now + timeLimitMs, ...wanted }],
    effects: [{ type: 'send-message', queue: imageQueue }],
  });
}

/**
 * At least once, in any order, possibly twice, possibly after the end. A key is seen once a result was recorded under
 * it: to keep those of callbacks that change nothing would be a change, stored for each of them without end, and would
 * withhold a result from an item that has none.
 */
function recordItemResult(job: ImageSetJob, result: ItemResult): Decided {
  const { total, itemCount, keys } = job.fields;
  const size = total ?? itemCount;
  if (!Number.isInteger(result.idx) || result.idx < 0 || result.idx >= size) {
    return refuse('invalid_request', `The set has ${size} items: idx must be 0 to ${size - 1}.`, {
      fields: { idx: `0 to ${size - 1}` },
    });
  }
  if (imageSetLifecycle.isTerminal(job.state as never)) return ok(nothing);
  if (job.state !== 'queued' && job.state !== 'running') {
    const message = `The job is ${job.state}: it accepts results only after it has been queued.`;
    return refuse('conflict', message, { state: job.state });
  }
  if (job.items.has(result.idx) || keys.includes(result.idempotencyKey)) return ok(nothing);
  return ok(withResults(job, [result], true));
}

function cancel(job: ImageSetJob): Decided {
  const hasEnded = imageSetLifecycle.isTerminal(job.state as never);
  if (hasEnded) return outOfState(job, 'cancel', 'a state that is not terminal');
  return ok(canceled(job, 'requested'));
}

function isOverdue({ deadlineAt }: ImageSetJob, now: number): boolean {
  return deadlineAt !== null && deadlineAt <= now;
}

/** `reason` becomes the error of the items without a result. */
function expire(job: ImageSetJob, reason: string): Decided {
  if (imageSetLifecycle.isTerminal(job.state as never)) return ok(nothing);
  const { total } = job.fields;
  if (job.state === 'created' || job.state === 'uploaded' || total === null) return ok(canceled(job, 'expired'));
  const missing: ItemResult[] = [];
  for (let idx = 0; idx < total; idx++) {
    if (job.items.has(idx)) continue;
    missing.push({
      idx, status: 'failed', outputKey: null, previewKey: null, error: reason, errorCode: 'expired',
      idempotencyKey: `${job.id}-expired-${idx}`,
    });
  }
  return ok(withResults(job, missing, false));
}

/** The results, the start if they are the first, and the end if nothing is missing after them. */
function withResults(
  job: ImageSetJob,
  results: readonly ItemResult[],
  isReported: boolean,
): Decision<ImageSetEvent> {
  const events: ImageSetEvent[] = job.state === 'queued' ? [{ type: 'JobStarted', state: 'running' }] : [];
  for (const result of results) events.push({ type: 'ItemRecorded', result });
  if (job.items.size + results.length < (job.fields.total ?? 0)) return { events, effects: [] };
  const done = job.fields.done + results.filter((result) => result.status === 'done').length;
  events.push(done > 0 ? { type: 'JobCompleted', state: 'done' } : { type: 'JobFailed', state: 'failed' });
  // Those that nobody had worked on when the time was over are no fault of the set's.
  const failed = job.fields.failed + (isReported ? results.length - (done - job.fields.done) : 0);
  const phase = done > 0 ? 'succeeded' : 'failed';
  return { events, effects: ending(job, phase, { delivered: done, failed, outcome: 'commit' }, results) };
}

function canceled(job: ImageSetJob, reason: 'requested' | 'expired'): Decision<ImageSetEvent> {
  return {
    events: [{ type: 'JobCanceled', state: 'canceled', reason }],
    effects: ending(job, 'canceled', { delivered: job.fields.done, failed: job.fields.failed, outcome: 'rollback' }),
  };
}

function ending(job: ImageSetJob, phase: EndPhase, end: JobEnd, last: readonly ItemResult[] = []): Effect[] {
  const { delivered, outcome } = end;
  const succeeded = outcome === 'commit' && delivered > 0;
  const hasPreview = [...job.items.values(), ...last].some(({ previewKey }) => previewKey !== null);
  return [
    { type: 'settle-reservation', ...end },
    { type: 'record-history' },
    // What was delivered is paid, also when the set was canceled after that. A preview may show why an item failed.
    { type: 'end-objects', part: 'results', policy: delivered > 0 || hasPreview ? 'results' : 'discarded' },
    // Photos of another set are that one's.
    ...(job.fields.inputs === null
      ? [{ type: 'end-objects', part: 'inputs', policy: succeeded ? 'inputs' : 'discarded' } as const]
      : []),
    ...tellDependents(job, phase),
  ];
}

function outOfState(job: ImageSetJob, verb: string, needed: string): Decided {
  return refuse('invalid_state', `Cannot ${verb}: the job is ${job.state}, but must be ${needed}.`, {
    state: job.state,
  });
}
