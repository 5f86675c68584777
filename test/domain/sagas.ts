import type { Result } from '../../src/domain/errors.ts';
import { fold } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { Decision, Effect } from '../../src/domain/job/kind.ts';
import type { Work } from '../../src/domain/job/work.ts';
import type { SagaDefinition } from '../../src/domain/saga/definition.ts';
import type { AwaitedOutcome } from '../../src/domain/saga/outcome.ts';
import { saga } from '../../src/domain/saga/kind.ts';
import { sagaLifecycle } from '../../src/domain/saga/lifecycle.ts';
import type { SagaCommand, SagaEvent, SagaJob } from '../../src/domain/saga/types.ts';

export const startedAt = Date.UTC(2026, 10, 22);

/** A command, or what a runner says of the saga that it has; `claim` is what the store does by itself. */
export type Step = SagaCommand | 'claim' | ((token: number) => SagaCommand);

export const says = {
  done: (output: unknown = 'made') => (token: number): SagaCommand => ({ type: 'done', token, output }),
  fail: (retryable = true, random = 0) => (token: number): SagaCommand => ({
    type: 'fail', token, code: 'no_stock', message: 'Nothing is left.', retryable, random,
  }),
  /** Of a runner that cannot do it, while others can. */
  unable: (random = 0) => (token: number): SagaCommand => ({
    type: 'fail', token, code: 'elsewhere', message: 'Not here.', retryable: true, counts: false, random,
  }),
  end: () => (token: number): SagaCommand => ({ type: 'end', token }),
  release: () => (token: number): SagaCommand => ({ type: 'release', token }),
  /** What is said of a runner, not by it. */
  silent: (timedOut = false, random = 0) => (token: number): SagaCommand => ({
    type: 'loseLease', token, timedOut, random,
  }),
};

export const settle = (step: string, outcome: AwaitedOutcome): SagaCommand => ({ type: 'settle', step, outcome });

export const cancel: SagaCommand = { type: 'cancel' };

/** A saga with what its effects have left in the world around it. */
export interface Place {
  readonly job: SagaJob;
  readonly events: readonly RecordedEvent<SagaEvent>[];
  /** Null: no runner is to have it. */
  readonly offered: Work | null;
  readonly calledOff: boolean;
  /** Broken expectations of the world: an effect that says what is not so. */
  readonly wrong: readonly string[];
}

export function begin(definition: SagaDefinition): Place {
  const input = { definition, data: { sku: 'A-17' } };
  const decision = saga.create(
    { type: 'create', ownerId: 'ada', traceparent: null, jobId: 'served', input }, startedAt,
  );
  const place = after(null, decision, startedAt);
  if (place === null) throw new Error('nothing was created');
  return place;
}

/** Null when the step is refused, or makes no sense where the saga is. */
export function take(place: Place, step: Step, now: number = startedAt): Place | null {
  const { job } = place;
  if (step === 'claim') {
    // The store hands out what is offered, and nothing else.
    const claim = sagaLifecycle.claims.find(({ from }) => from === job.state);
    if (claim === undefined || place.offered === null) return null;
    const event = { type: claim.event, state: claim.to, attempt: job.attempt + 1, workerId: 'runner' } as SagaEvent;
    return after(place, { ok: true, value: { events: [event], effects: [] } }, now);
  }
  const command = typeof step === 'function' ? step(job.lease?.token ?? 999) : step;
  return after(place, saga.decide(job, command, now), now);
}

function after(place: Place | null, decision: Result<Decision<SagaEvent>>, now: number): Place | null {
  if (!decision.ok) return null;
  let job = place?.job ?? null;
  const events = [...(place?.events ?? [])];
  for (const body of decision.value.events) {
    const event = {
      jobId: 'saga', kind: 'saga', sequence: events.length + 1, occurredAt: now, actor: 'system',
      correlationId: 'served', body,
    };
    job = fold(saga, job, event);
    events.push(event);
  }
  if (job === null) return null;
  const before = place ?? { offered: null, calledOff: false, wrong: [] };
  return decision.value.effects.reduce<Place>(affect, { ...before, job, events });
}

function affect(place: Place, effect: Effect): Place {
  const wrong = (what: string): Place => ({ ...place, wrong: [...place.wrong, `${what}, ${place.job.state}`] });
  switch (effect.type) {
    case 'offer-work':
      if (place.job.phase !== 'waiting') return wrong('offered');
      return { ...place, offered: effect.work, calledOff: false };
    case 'withdraw-work':
      return place.offered === null ? wrong('withdrawn twice') : { ...place, offered: null, calledOff: false };
    case 'request-cancel':
      return place.job.lease === null || place.calledOff ? wrong('called off') : { ...place, calledOff: true };
    default:
      return wrong(effect.type);
  }
}

export function isEnded({ state }: Pick<SagaJob, 'state'>): boolean {
  return sagaLifecycle.isTerminal(state as never);
}

/** `take, check, -take`: what was done and undone, in the order in which it was recorded. */
export function doneAndUndone({ events }: Pick<Place, 'events'>): readonly string[] {
  return events.flatMap(({ body }) => {
    if (body.type === 'StepCompleted') return [body.step];
    return body.type === 'StepCompensated' ? [`-${body.step}`] : [];
  });
}
