import type { Evolution, Kind } from '../job/kind.ts';
import { create, decide } from './decide.ts';
import { sagaLifecycle } from './lifecycle.ts';
import { recordsOf } from './records.ts';
import type { SagaCommand, SagaEvent, SagaFields, SagaJob, StepRecord } from './types.ts';

/** The kind of job that every server has beside those of people: nobody but the server begins, sees or cancels one. */
export const saga: Kind<SagaFields, SagaCommand, SagaEvent> = {
  name: 'saga',
  lifecycle: sagaLifecycle,
  access: { role: 'admin', sees: 'all' },
  internal: true,
  create,
  decide,
  begin: ({ input, next }) => ({
    steps: input.definition.steps.map(({ name }) => ({
      name, state: 'pending', attempts: 0, undoAttempts: 0, startedAt: null, completedAt: null, output: null,
      error: null,
    })),
    next,
    failure: null,
    cancelRequested: false,
    early: {},
  }),
  evolve,
  itemCount: () => 0,
  logged: ({ phase, fields: { failure, steps } }) => {
    const why = failure ?? steps.find(({ error }) => error !== null)?.error;
    return { costEstimate: 0, error: phase === 'failed' ? (why?.message ?? null) : null };
  },
  labels: ({ parentId }) => ({ job: parentId }),
};

/** Whom it serves. */
export function jobServed({ parentId }: SagaJob): string {
  return parentId ?? '';
}

function evolve(job: SagaJob, event: SagaEvent, at: number): Evolution<SagaFields> {
  const next = 'next' in event && event.next !== undefined ? event.next : job.fields.next;
  const fields = { ...job.fields, next };
  /** As it was when what had been begun ended so. */
  const ended = (step: string, change: Partial<StepRecord>): SagaFields => {
    const steps = recordsOf(job).map((one) => (one.name === step ? { ...one, ...change } : one));
    return { ...fields, steps };
  };
  switch (event.type) {
    case 'StepStarted': {
      if (event.state === 'running') return { fields, started: true };
      // What came before it is in the fields already, and ended with the lease.
      const begun = { state: 'in_progress', attempts: 1, startedAt: at } as const;
      const steps = job.fields.steps.map((one) => (one.name === event.step ? { ...one, ...begun } : one));
      return { fields: { ...fields, steps } };
    }
    case 'StepSettled':
      return { fields: { ...fields, early: { ...fields.early, [event.step]: event.outcome } } };
    case 'StepCompleted':
      return { fields: ended(event.step, { state: 'completed', completedAt: at, output: event.output, error: null }) };
    case 'StepFailed': {
      const { step, code, message, final } = event;
      const error = { code, message };
      if (!final) return { fields: ended(step, { error }) };
      return { fields: { ...ended(step, { state: 'failed', completedAt: at, error }), failure: { step, ...error } } };
    }
    case 'StepCompensated':
      return { fields: ended(event.step, { state: 'compensated', completedAt: at, error: null }) };
    case 'StepCompensationFailed': {
      const { step, code, message, final } = event;
      const error = { code, message };
      return { fields: ended(step, final ? { state: 'failed', completedAt: at, error } : { error }) };
    }
    case 'AttemptReleased': {
      const { attempt } = event;
      const { mode, step } = next;
      return { fields: ended(step ?? '', mode === 'compensating' ? { undoAttempts: attempt } : { attempts: attempt }) };
    }
    case 'CancelRequested':
      return { fields: { ...fields, steps: recordsOf(job), cancelRequested: true } };
    default:
      return { fields };
  }
}
