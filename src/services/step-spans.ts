import type { Outcome } from '../application/sagas/record.ts';
import { jobServed } from '../domain/saga/kind.ts';
import type { SagaJob } from '../domain/saga/types.ts';
import { relationTo, type Tracer } from '../domain/trace.ts';

/**
 * Performs an attempt at a step of a saga, or at undoing one, inside a span, where something traces: what it asks of
 * others is below that.
 */
export async function inStepSpan(
  tracer: Tracer | undefined,
  job: SagaJob,
  perform: () => Promise<Outcome>,
): Promise<Outcome> {
  const { mode, step } = job.fields.next;
  // An end only tells the job.
  if (tracer === undefined || step === null) return perform();
  const isUndone = mode === 'compensating';
  const span = tracer.start({
    name: `${isUndone ? 'undo' : 'step'} ${job.type}/${step}`, kind: 'internal', ...relationTo(tracer, job.traceparent),
    attributes: {
      'waybill.saga.id': job.id, 'waybill.saga.type': job.type, 'waybill.saga.step': step,
      'waybill.job.id': jobServed(job), 'waybill.attempt': job.attempt,
    },
  });
  const outcome = await tracer.within(span, perform);
  if (outcome.type === 'fail') span.fail(outcome.code, outcome.message);
  span.end();
  return outcome;
}
