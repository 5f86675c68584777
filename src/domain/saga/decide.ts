import { ok, refuse, type Result } from '../errors.ts';
import { refuseDependent } from '../job/dependencies.ts';
import type { Decision, Effect } from '../job/kind.ts';
import { backoffMs } from '../retry.ts';
import type { AttemptPolicy, SagaDefinition } from './definition.ts';
import { sagaLifecycle } from './lifecycle.ts';
import { recordsOf } from './records.ts';
import type { AwaitedOutcome, SagaError } from './outcome.ts';
import type {
  NextAttempt, SagaCommand, SagaEvent, SagaInput, SagaJob, StepRecord,
} from './types.ts';

/*
 * A saga does its steps one after the other. A step that fails for good, or a cancel, turns it round: whatever was
 * begun and is compensated is undone, the newest first; what was begun, and not only what was completed, since of an
 * attempt that broke off nobody knows how far it came. A compensation that fails for good does not keep the others
 * from being run, but the saga is failed then. Every attempt passes through the work row: retries wait there, and its
 * time limit is the step's. Only a runner ends a saga, since it tells the job in the same commit; a lease that is lost
 * leaves at most the telling (`ending`) to be done.
 */

type Decided = Result<Decision<SagaEvent>>;
type Command<T extends SagaCommand['type']> = SagaCommand & { readonly type: T };
type End = 'SagaCompleted' | 'SagaFailed' | 'SagaCompensated' | 'SagaCanceled';

const nothing: Decision<SagaEvent> = { events: [], effects: [] };
const longestPauseMs = 86_400_000;
/** How telling the job is tried: without end, since nothing else is left to be done. */
const endingPolicy = { backoff: { firstMs: 500, maxMs: 60_000 }, timeoutMs: 60_000 };

export function create({ ownerId, traceparent, jobId, input }: Command<'create'>, now: number): Decided {
  const next: NextAttempt = { mode: 'forward', step: input.definition.steps[0]?.name ?? null };
  const { type: jobType } = input.definition;
  return ok({
    events: [{ type: 'SagaStarted', state: 'waiting', ownerId, traceparent, jobType, parentId: jobId, input, next }],
    effects: [offer(input, next, now)],
  });
}

export function decide(job: SagaJob, command: SagaCommand, now: number): Decided {
  switch (command.type) {
    case 'create':
    case 'expire':
    case 'correctDeadline':
      // Sagas have no deadline.
      return ok(nothing);
    case 'retry':
      return refuse('invalid_state', 'A saga cannot be retried: its job begins a new one.');
    case 'addDependent':
      return refuseDependent(job);
    case 'dependencyEnded':
      return ok(nothing);
    case 'cancel':
      return ok(cancel(job, now));
    case 'loseLease':
      return ok(isHeldBy(job, command) ? loseLease(job, command, now) : nothing);
    case 'settle':
      return ok(settle(job, command, now));
    default:
      return isHeldBy(job, command) ? fromRunner(job, command, now) : leaseLost(job);
  }
}

function fromRunner(job: SagaJob, command: Command<'done' | 'fail' | 'end' | 'release'>, now: number): Decided {
  const { mode } = job.fields.next;
  switch (command.type) {
    case 'done':
      if (mode === 'ending') return wrongMode(job);
      return ok(mode === 'forward' ? stepDone(job, command.output, now) : stepUndone(job, now));
    case 'fail': {
      if (mode === 'ending') return wrongMode(job);
      const failed = mode === 'forward' ? stepFailed : undoFailed;
      return ok(failed(job, command, now).finish(() => end(endOf(job, afterFailure(job)))));
    }
    case 'end':
      return mode === 'ending' ? ok(end(endOf(job, recordsOf(job)))) : wrongMode(job);
    case 'release':
      return ok(release(job, now));
  }
}

function wrongMode({ fields: { next } }: SagaJob): Decided {
  return refuse('invalid_state', `The saga is ${next.mode}.`, { mode: next.mode });
}

function isHeldBy(job: SagaJob, { token }: { readonly token: number }): boolean {
  return job.lease !== null && job.lease.token === token;
}

function leaseLost(job: SagaJob): Decided {
  return refuse('lease_lost', `The lease is no longer valid: the saga is ${job.state}.`, { state: job.state });
}

/** Said to one that has ended, or goes back already, it changes nothing: it is an effect of its job's end. */
function cancel(job: SagaJob, now: number): Decision<SagaEvent> {
  const { next, cancelRequested } = job.fields;
  if (sagaLifecycle.isTerminal(job.state as never) || next.mode !== 'forward' || cancelRequested) return nothing;
  const requested: SagaEvent = { type: 'CancelRequested' };
  if (job.lease !== null) return { events: [requested], effects: [{ type: 'request-cancel' }] };
  const back = turnRound(job, 'canceled', now);
  return followedBy([requested], back ?? end('SagaCanceled'));
}

function stepDone(job: SagaJob, output: unknown, now: number): Decision<SagaEvent> {
  const { steps } = inputOf(job).definition;
  const index = indexOf(job);
  const completed = { type: 'StepCompleted', step: nameOf(job), output } as const;
  if (job.fields.cancelRequested) {
    return followedBy([completed], turnRound(job, 'canceled', now) ?? end('SagaCanceled'));
  }
  return steps.length === index + 1
    ? followedBy([completed], end('SagaCompleted'))
    : toStep(job, [completed], index + 1, now);
}

type Completed = SagaEvent & { readonly type: 'StepCompleted' };

/** Begins the step, after events of which the last completed the one before it. */
function toStep(
  job: SagaJob,
  before: readonly [...SagaEvent[], Completed],
  index: number,
  now: number,
): Decision<SagaEvent> {
  const { name, awaited, timeoutMs } = inputOf(job).definition.steps[index]!;
  const next: NextAttempt = { mode: 'forward', step: name };
  if (awaited !== true) {
    const completed = { ...(before.at(-1) as Completed), state: 'waiting', attempt: 0, next } as const;
    const { events, effects } = onward(job, completed, now);
    return { events: [...before.slice(0, -1), ...events], effects };
  }
  const started = { type: 'StepStarted', state: 'awaiting', attempt: 0, step: name, next } as const;
  const outcome = job.fields.early[name];
  if (outcome !== undefined) return settled(job, [...before, started], { index, outcome }, now);
  return { events: [...before, started], effects: [offer(inputOf(job), next, now, timeoutMs)] };
}

/** Said of a step that is not awaited any more, it changes nothing. */
function settle(job: SagaJob, { step, outcome }: Command<'settle'>, now: number): Decision<SagaEvent> {
  const { next, cancelRequested, early } = job.fields;
  if (sagaLifecycle.isTerminal(job.state as never) || next.mode !== 'forward' || cancelRequested) return nothing;
  const index = inputOf(job).definition.steps.findIndex(({ name, awaited }) => name === step && awaited === true);
  const current = indexOf(job);
  if (index < current || early[step] !== undefined) return nothing;
  if (index > current) return { events: [{ type: 'StepSettled', step, outcome, next }], effects: [] };
  return settled(job, [], { index, outcome }, now);
}

function settled(
  job: SagaJob,
  before: readonly SagaEvent[],
  { index, outcome }: { readonly index: number; readonly outcome: AwaitedOutcome },
  now: number,
): Decision<SagaEvent> {
  const step = inputOf(job).definition.steps[index]!.name;
  if (outcome.ok) {
    const completed = { type: 'StepCompleted', step, output: outcome.output } as const;
    return toStep(job, [...before, completed], index + 1, now);
  }
  const { code, message } = outcome;
  const failed = [...before, { type: 'StepFailed', step, code, message, final: true } as const];
  return followedBy(failed, turnRound(job, 'failed', now, index) ?? toEnding(job, now));
}

function stepUndone(job: SagaJob, now: number): Decision<SagaEvent> {
  const undone = { type: 'StepCompensated', step: nameOf(job) } as const;
  const next = nextToUndo(job, indexOf(job) - 1);
  if (next !== null) return onward(job, { ...undone, state: 'waiting', attempt: 0, next }, now);
  const after = recordsOf(job).map((step) => {
    return step.name === undone.step ? { ...step, state: 'compensated' as const } : step;
  });
  return followedBy([undone], end(endOf(job, after)));
}

/** What failed, and what follows if something is still to be done or undone; else whoever asks says how it ends. */
interface Failed {
  finish(ending: () => Decision<SagaEvent>): Decision<SagaEvent>;
}

type Failure = SagaError & Pick<Command<'fail'>, 'retryable' | 'counts' | 'retryInMs' | 'random'>;

function stepFailed(job: SagaJob, failure: Failure, now: number): Failed {
  const { code, message, retryable, counts, retryInMs, random } = failure;
  const { steps } = inputOf(job).definition;
  const step = nameOf(job);
  const policy = steps[indexOf(job)]!;
  const { cancelRequested, next } = job.fields;
  const failed = { type: 'StepFailed', step, code, message } as const;
  const isUncounted = counts === false && policy.awaited !== true;
  if (!cancelRequested && retryable && (isUncounted || job.attempt < policy.maxAttempts)) {
    const event = { ...failed, final: false, state: 'waiting', next, ...attemptAfter(job, counts) } as const;
    return decided(again(job, event, { policy, random, now, leastMs: retryInMs }));
  }
  const back = turnRound(job, cancelRequested ? 'canceled' : 'failed', now);
  return followedOrEnding([{ ...failed, final: true }], back);
}

function undoFailed(job: SagaJob, { code, message, counts, random }: Failure, now: number): Failed {
  const { compensation } = inputOf(job).definition;
  const failed = { type: 'StepCompensationFailed', step: nameOf(job), code, message } as const;
  if (counts === false || job.attempt < compensation.maxAttempts) {
    const next = { next: job.fields.next, ...attemptAfter(job, counts) };
    const event = { ...failed, final: false, state: 'waiting', ...next } as const;
    return decided(again(job, event, { policy: compensation, random, now }));
  }
  const next = nextToUndo(job, indexOf(job) - 1);
  if (next === null) return followedOrEnding([{ ...failed, final: true }], null);
  return decided(onward(job, { ...failed, final: true, state: 'waiting', attempt: 0, next }, now));
}

/** Which attempt it was, if that one does not count. */
function attemptAfter({ attempt }: SagaJob, counts = true): { readonly attempt?: number } {
  return counts ? {} : { attempt: Math.max(0, attempt - 1) };
}

function loseLease(job: SagaJob, { timedOut, random }: Command<'loseLease'>, now: number): Decision<SagaEvent> {
  const { next } = job.fields;
  if (next.mode === 'ending') {
    return again(job, { type: 'SagaEnding', state: 'waiting', next }, { policy: endingPolicy, random, now });
  }
  const error = timedOut
    ? { code: 'timed_out', message: 'The attempt took longer than its time limit.' }
    : { code: 'runner_lost', message: 'The runner did not finish before its lease expired.' };
  if (next.mode === 'compensating' && !timedOut) return undoLost(job, error, random, now);
  const failed = next.mode === 'forward' ? stepFailed : undoFailed;
  return failed(job, { ...error, retryable: true, random }, now).finish(() => toEnding(job, now));
}

/** It does not count: however often servers die, they leave nothing behind that could be undone. */
function undoLost(job: SagaJob, error: SagaError, random: number, now: number): Decision<SagaEvent> {
  const { compensation: policy } = inputOf(job).definition;
  const attempt = Math.max(0, job.attempt - 1);
  const event = {
    type: 'StepCompensationFailed', step: nameOf(job), ...error, final: false, state: 'waiting', attempt,
    next: job.fields.next,
  } as const;
  return again(job, event, { policy, random, now });
}

function release(job: SagaJob, now: number): Decision<SagaEvent> {
  const { next, cancelRequested } = job.fields;
  const attempt = Math.max(0, job.attempt - 1);
  const isAwaited = next.mode === 'forward' && inputOf(job).definition.steps[indexOf(job)]?.awaited === true;
  const state = isAwaited ? 'awaiting' : 'waiting';
  const released = { type: 'AttemptReleased', step: next.step, state, attempt, next } as const;
  if (!cancelRequested || next.mode !== 'forward') return onward(job, released, now);
  // Nobody is to do it again. What is left, if only the telling, is for the next runner.
  return turnRound(job, 'canceled', now) ?? toEnding(job, now);
}

function toEnding(job: SagaJob, now: number): Decision<SagaEvent> {
  return onward(job, { type: 'SagaEnding', state: 'waiting', attempt: 0, next: { mode: 'ending', step: null } }, now);
}

/** Null when nothing is to be undone. `begun`: index of the newest step that has begun, if its record is older. */
function turnRound(
  job: SagaJob,
  reason: 'failed' | 'canceled',
  now: number,
  begun = -1,
): Decision<SagaEvent> | null {
  const next = nextToUndo(job, job.fields.steps.length - 1, begun);
  if (next === null) return null;
  return onward(job, { type: 'CompensationStarted', reason, state: 'waiting', attempt: 0, next }, now);
}

/** The newest step up to `from` that was begun and is compensated. */
function nextToUndo(job: SagaJob, from: number, begun = -1): NextAttempt | null {
  const { steps } = inputOf(job).definition;
  const records = recordsOf(job);
  for (let index = from; index >= 0; index--) {
    const definition = steps[index];
    if (definition?.compensated && (index <= begun || records[index]?.startedAt !== null)) {
      return { mode: 'compensating', step: definition.name };
    }
  }
  return null;
}

/** The records as they are once the attempt under way has failed for good. */
function afterFailure(job: SagaJob): readonly StepRecord[] {
  const { next } = job.fields;
  return recordsOf(job).map((step) => (step.name === next.step ? { ...step, state: 'failed' } : step));
}

function endOf(job: SagaJob, steps: readonly StepRecord[]): End {
  const { definition } = inputOf(job);
  const left = steps.some(({ state, startedAt }, index) => {
    return definition.steps[index]?.compensated && startedAt !== null && state !== 'compensated';
  });
  if (left) return 'SagaFailed';
  if (job.fields.cancelRequested) return 'SagaCanceled';
  return steps.some(({ state }) => state === 'compensated') ? 'SagaCompensated' : 'SagaFailed';
}

function end(type: End): Decision<SagaEvent> {
  const effects: readonly Effect[] = [{ type: 'withdraw-work' }];
  switch (type) {
    case 'SagaCompleted':
      return { events: [{ type, state: 'succeeded' }], effects };
    case 'SagaFailed':
      return { events: [{ type, state: 'failed' }], effects };
    case 'SagaCompensated':
      return { events: [{ type, state: 'compensated' }], effects };
    case 'SagaCanceled':
      return { events: [{ type, state: 'canceled' }], effects };
  }
}

function followedBy(events: readonly SagaEvent[], after: Decision<SagaEvent>): Decision<SagaEvent> {
  return { events: [...events, ...after.events], effects: after.effects };
}

function decided(decision: Decision<SagaEvent>): Failed {
  return { finish: () => decision };
}

function followedOrEnding(events: readonly SagaEvent[], after: Decision<SagaEvent> | null): Failed {
  return { finish: (ending) => followedBy(events, after ?? ending()) };
}

type Onward = SagaEvent & { readonly next: NextAttempt };

function onward(job: SagaJob, event: Onward, now: number): Decision<SagaEvent> {
  return { events: [event], effects: [offer(inputOf(job), event.next, now)] };
}

function again(
  job: SagaJob,
  event: Onward,
  { policy, random, now, leastMs = 0 }: {
    policy: Pick<AttemptPolicy, 'backoff'>; random: number; now: number; leastMs?: number | undefined;
  },
): Decision<SagaEvent> {
  const backoff = backoffMs(policy.backoff, Math.max(1, job.attempt), random);
  const pauseMs = Math.max(backoff, Math.min(leastMs, longestPauseMs));
  return { events: [event], effects: [offer(inputOf(job), event.next, now, pauseMs)] };
}

function offer({ definition }: SagaInput, next: NextAttempt, now: number, pauseMs: number | null = null): Effect {
  const { timeoutMs } = policyOf(definition, next);
  const work = { blocked: false, priority: 0, dueAt: now + (pauseMs ?? 0), pauseMs, concurrencyKey: null, timeoutMs };
  return { type: 'offer-work', work };
}

function policyOf({ steps, compensation }: SagaDefinition, { mode, step }: NextAttempt): { timeoutMs: number } {
  if (mode === 'ending') return endingPolicy;
  return mode === 'compensating' ? compensation : steps.find(({ name }) => name === step)!;
}

function indexOf(job: SagaJob): number {
  return job.fields.steps.findIndex(({ name }) => name === job.fields.next.step);
}

function nameOf({ fields: { next } }: SagaJob): string {
  return next.step ?? '';
}

export function inputOf({ input }: Pick<SagaJob, 'input'>): SagaInput {
  return input as SagaInput;
}
