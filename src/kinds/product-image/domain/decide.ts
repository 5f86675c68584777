import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { refuseDependent } from '../../../domain/job/dependencies.ts';
import type { Decision, Effect } from '../../../domain/job/kind.ts';
import { clockToleranceMs } from '../../../domain/job/start.ts';
import { charge, leave } from './calls.ts';
import { decidePipeline, refuseSaga } from './decide-pipeline.ts';
import type { ErrorCode } from './error-codes.ts';
import { extensionOf, originalKey } from './keys.ts';
import { productImageLifecycle } from './lifecycle.ts';
import { pipelineSaga } from './pipeline-saga.ts';
import type { ProductImageCommand, ProductImageEvent, ProductImageJob, StepResult } from './types.ts';

type Decided = Result<Decision<ProductImageEvent>>;
type Command<T extends ProductImageCommand['type']> = ProductImageCommand & { readonly type: T };
type Step = StepResult['step'];

const nothing: Decision<ProductImageEvent> = { events: [], effects: [] };

/** Counts the images of a sku that have not failed. */
export const imageCounter = 'product-images';

function counted(sku: string, by: number): Effect {
  return { type: 'count', counter: imageCounter, scope: sku, key: '', by };
}

export function create({ type: _, ...birth }: Command<'create'>): Decided {
  return ok({ events: [{ type: 'ImageAnnounced', state: 'NEW', ...birth }], effects: [counted(birth.sku, 1)] });
}

export function decide(job: ProductImageJob, command: ProductImageCommand, now: number): Decided {
  switch (command.type) {
    case 'start':
      return start(job, command, now);
    case 'report':
      return report(job, command, now);
    case 'fail':
      return fail(job, command);
    case 'retry':
      return retry(job, now);
    case 'cancel': {
      const instead = `POST /api/jobs/${job.id}/fail with a code and a message instead`;
      return outOfState(job, `A product image cannot be canceled: ${hasEnded(job) ? 'it has ended' : instead}.`);
    }
    case 'expire':
      return expire(job, command, now);
    case 'correctDeadline':
      if (job.deadlineAt !== command.from || now < command.at - clockToleranceMs) return ok(nothing);
      return ok({ events: [{ type: 'DeadlineCorrected', deadlineAt: command.to }], effects: [] });
    case 'addDependent':
      return refuseDependent(job);
    case 'take':
    case 'planCall':
    case 'beginCall':
    case 'endCall':
    case 'pause':
    case 'createFile':
    case 'tryAgain':
      return decidePipeline(job, command, now);
    case 'create':
    case 'loseLease':
    case 'dependencyEnded':
      return ok(nothing);
  }
}

function start(job: ProductImageJob, { sagaId }: Command<'start'>, now: number): Decided {
  const begun = sagaId === undefined || job.fields.sagaId !== null ? nothing : beginning(sagaId);
  if (job.state === 'QUEUED') return ok(begun);
  if (job.state !== 'NEW') return outOfState(job, `Cannot start: the job is ${job.state}, but must be NEW.`);
  const deadlineAt = now + job.fields.timeLimitMs;
  const started = { type: 'ImageStarted', state: 'QUEUED', originalKey: keyOfOriginal(job), deadlineAt } as const;
  return ok({ events: [started, ...begun.events], effects: begun.effects });
}

/** The pipeline may be busy for long: the time limit begins when it takes the job. */
function beginning(sagaId: string): Decision<ProductImageEvent> {
  return {
    events: [{ type: 'PipelineBegan', sagaId, deadlineAt: null }],
    effects: [{ type: 'begin-saga', sagaId, definition: pipelineSaga, data: null }],
  };
}

function keyOfOriginal({ fields }: ProductImageJob): string {
  return fields.originalKey ?? originalKey(fields, extensionOf(fields.imageUrl));
}

/** In which state each step is under way, and which one follows it. */
const steps = {
  original: { during: 'QUEUED', then: 'SEGMENTING' },
  segmentation: { during: 'SEGMENTING', then: 'BG_GENERATING' },
  backgrounds: { during: 'BG_GENERATING', then: 'COMPOSITING' },
  composite: { during: 'COMPOSITING', then: 'SHOPIFY_PUSH' },
  shopify: { during: 'SHOPIFY_PUSH', then: 'DONE' },
} as const satisfies Readonly<Record<Step, unknown>>;

const order = ['QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH'] as const;

/** What a report of the step may change now, or why not; null: it says what is recorded already. */
export function reportProblem(job: ProductImageJob, step: Step): ReturnType<typeof outOfState> | null {
  const { during } = steps[step];
  const { state } = job;
  if (state === during) return null;
  if (state !== 'QUEUED') {
    const where = `the job is ${state}, but must be ${during}`;
    return outOfState(job, `Cannot report ${step}: ${where}, or QUEUED.`);
  }
  const missing = passed(during).flatMap((name) => lacking(job, name));
  if (missing.length === 0) return null;
  return outOfState(job, `Cannot report ${step}: the job is QUEUED, and has no ${missing.join(', no ')} yet.`);
}

/** The states after QUEUED to this one. */
function passed(during: (typeof order)[number]) {
  return order.slice(1, order.indexOf(during) + 1) as readonly Exclude<(typeof order)[number], 'QUEUED'>[];
}

function lacking({ fields }: ProductImageJob, state: (typeof order)[number]): readonly string[] {
  const required = productImageLifecycle.states[state].requires ?? [];
  return required.filter((name) => fields[name as keyof typeof fields] === null);
}

/**
 * At least once: what a step gave, said again after it was recorded, changes nothing. After a retry the same result
 * takes the job on again.
 */
function report(job: ProductImageJob, command: Command<'report'>, now: number): Decided {
  const { result, microUsd, isReused, sagaId } = command;
  if (sagaId !== undefined && sagaId !== job.fields.sagaId) return refuseSaga(job);
  const problem = reportProblem(job, result.step);
  if (problem !== null) return isRecorded(job, result) ? ok(nothing) : problem;
  const { during, then } = steps[result.step];
  const entered: readonly ProductImageEvent[] = job.state === 'QUEUED'
    ? passed(during).map((state) => ({ type: 'StepStarted', state }))
    : [];
  const done = { type: 'StepDone', state: then, result, microUsd, ...(isReused && { isReused }) } as const;
  if (sagaId === undefined) {
    const left = stopPipeline(job);
    const settled = charge({ ...job, ...left.cost }, null, microUsd, now);
    return ok({
      events: [...entered, { ...done, ...left.change, ...left.cost, ...settled.cost }],
      effects: [...left.effects, ...settled.effects],
    });
  }
  const call = job.fields.call?.step === result.step ? job.fields.call : null;
  const { cost, effects } = charge(job, call, microUsd, now);
  const ended = call === null ? {} : { call: null };
  return ok({ events: [...entered, { ...done, sagaId, ...ended, ...cost }], effects });
}

/** The pipeline does the job no longer, if it did. */
function stopPipeline(job: ProductImageJob) {
  const { sagaId, call: before } = job.fields;
  const { cost, effects, call } = leave(job);
  const stop: readonly Effect[] = sagaId === null ? [] : [{ type: 'cancel-saga', sagaId }];
  return { cost, effects: [...effects, ...stop], change: call === before ? {} : { call } };
}

/** Whether the job has been past the step since its start or last retry, with this result. */
function isRecorded({ state, fields }: ProductImageJob, result: StepResult): boolean {
  const after: readonly string[] = [...order.slice(order.indexOf(steps[result.step].during) + 1), 'DONE', 'FAILED'];
  if (!after.includes(state)) return false;
  switch (result.step) {
    case 'original':
      return fields.originalKey === result.originalKey;
    case 'segmentation':
      return fields.maskKey === result.maskKey;
    case 'backgrounds':
      return areSame(fields.bgKeys, result.bgKeys);
    case 'composite':
      return areSame(fields.compositeKeys, result.compositeKeys) && areSame(fields.thumbKeys, result.thumbKeys);
    case 'shopify':
      return areSame(fields.shopifyMediaIds, result.shopifyMediaIds);
  }
}

function areSame(known: readonly string[] | null, given: readonly string[] | null): boolean {
  const [a, b] = [known ?? [], given ?? []];
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

function fail(job: ProductImageJob, { code, message, stack }: Command<'fail'>): Decided {
  const { errorCode, errorMessage } = job.fields;
  if (job.state === 'FAILED' && errorCode === code && errorMessage === message) return ok(nothing);
  if (hasEnded(job)) return outOfState(job, `Cannot fail: the job has ended, it is ${job.state}.`);
  return ok(failed(job, code, message, stack));
}

function failed(
  job: ProductImageJob,
  code: ErrorCode,
  message: string,
  stack: string | null,
): Decision<ProductImageEvent> {
  const { cost, effects, change } = stopPipeline(job);
  return {
    events: [{ type: 'ImageFailed', state: 'FAILED', code, message, stack, ...change, ...cost }],
    effects: [...effects, counted(job.fields.sku, -1)],
  };
}

function expire(job: ProductImageJob, { onlyOverdue }: Command<'expire'>, now: number): Decided {
  if (hasEnded(job)) return ok(nothing);
  if (onlyOverdue && (job.deadlineAt === null || job.deadlineAt > now)) return ok(nothing);
  const seconds = job.fields.timeLimitMs / 1_000;
  return ok(failed(job, 'TIMEOUT', `It was not done within ${seconds} seconds; it was ${job.state}.`, null));
}

function retry(job: ProductImageJob, now: number): Decided {
  const { state, attempt, fields: { sku, maxAttempts, timeLimitMs } } = job;
  if (state !== 'FAILED') return outOfState(job, `Cannot retry: the job is ${state}, but must be FAILED.`);
  if (attempt >= maxAttempts) {
    return refuse('conflict', `Cannot retry: the job was retried ${attempt} times, and no attempt is left.`, {
      state, attempt, maxAttempts,
    });
  }
  const deadlineAt = now + timeLimitMs;
  return ok({
    events: [
      { type: 'ImageRetried', state: 'QUEUED', attempt: attempt + 1, originalKey: keyOfOriginal(job), deadlineAt },
    ],
    effects: [counted(sku, 1)],
  });
}

function hasEnded({ state }: ProductImageJob): boolean {
  return productImageLifecycle.isTerminal(state as never);
}

function outOfState({ state }: ProductImageJob, message: string): ReturnType<typeof refuse> {
  return refuse('conflict', message, { state });
}
