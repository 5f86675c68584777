import { startProcessing, type Tracer } from '../../../domain/trace.ts';
import { property } from '../../../worker/thrown.ts';
import type { Attempted } from './attempt.ts';
import type { Held } from './held.ts';

/** Runs an attempt inside a consumer span, where something traces: what its handler begins is below that. */
export function inSpan(
  tracer: Tracer | null,
  held: Held,
  attempt: () => Promise<Attempted>,
): Promise<Attempted> {
  return tracer === null ? attempt() : traced(tracer, held, attempt);
}

async function traced(tracer: Tracer, held: Held, attempt: () => Promise<Attempted>): Promise<Attempted> {
  const span = startProcessing(tracer, { ...held.task, kind: 'task' }, {
    'waybill.attempt': held.task.attempt, ...(held.workerId !== '' && { 'waybill.worker.id': held.workerId }),
  });
  const attempted = await tracer.within(span, attempt);
  if (attempted.failure !== undefined) span.fail(errorType(attempted), attempted.failure.message);
  if (held.costMicroUsd > 0) span.set({ 'waybill.cost_micro_usd': held.costMicroUsd });
  span.end();
  return attempted;
}

/** What programs know it by: its code, or the name of its class. */
function errorType({ failure, thrown }: Attempted): string {
  const name = property(thrown, 'name');
  return failure?.code ?? (typeof name === 'string' && name !== '' ? name.slice(0, 100) : '_OTHER');
}
