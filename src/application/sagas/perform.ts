import { inputOf } from '../../domain/saga/decide.ts';
import { jobServed } from '../../domain/saga/kind.ts';
import type { SagaJob } from '../../domain/saga/types.ts';
import type { Outcome } from './record.ts';
import { outputsOf, type Saga } from './sagas.ts';
import { maxOutputBytes, performs, type StepAttempt } from './step.ts';

const maxMessageLength = 2_000;
const utf8 = new TextEncoder();

/** Performs the next step of a leased saga and returns its outcome. Never throws. */
export async function performNext(saga: Saga, job: SagaJob, signal: AbortSignal): Promise<Outcome> {
  const { mode, step } = job.fields.next;
  if (mode === 'ending' || step === null) return { type: 'end' };
  const actions = saga.actions[step];
  if (actions === undefined) {
    // Begun by another version of the server, which may take it again.
    return failure('unknown_step', `This server does not know step ${step}.`);
  }
  const attempt = attemptOf(job, step, signal);
  try {
    if (mode === 'compensating') {
      const output = job.fields.steps.find(({ name }) => name === step)?.output ?? null;
      await actions.undo?.({ ...attempt, output });
      return { type: 'done', output: null };
    }
    if (!performs(actions)) {
      return { ...failure('timed_out', 'What the step waits for did not happen in time.'), retryable: false };
    }
    const performed = await actions.perform(attempt);
    if (performed.ok) return done(performed.output);
    const { code, message, retryable, counts = true, retryInMs } = performed;
    const wait = retryInMs === undefined ? {} : { retryInMs };
    return { ...failure(code, message), retryable, ...(!counts && { counts }), ...wait };
  } catch (error) {
    return failure('error', error instanceof Error ? error.message : String(error));
  }
}

function attemptOf(job: SagaJob, step: string, signal: AbortSignal): StepAttempt {
  return {
    sagaId: job.id, jobId: jobServed(job), key: `${job.id}.${step}`, attempt: job.attempt, token: job.lease?.token ?? 0,
    data: inputOf(job).data, outputs: outputsOf(job), signal,
  };
}

/** A copy, so that what the action keeps of it changes nothing. */
function done(output: unknown): Outcome {
  const json = JSON.stringify(output ?? null) as string | undefined;
  if (json === undefined) return { ...failure('invalid_output', 'The output is no JSON.'), retryable: false };
  if (utf8.encode(json).length > maxOutputBytes) {
    const message = `The output is larger than ${maxOutputBytes} bytes: store it as an object, and return its key.`;
    return { ...failure('output_too_large', message), retryable: false };
  }
  return { type: 'done', output: JSON.parse(json) };
}

function failure(code: string, message: string): Extract<Outcome, { type: 'fail' }> {
  return { type: 'fail', code, message: message.slice(0, maxMessageLength).toWellFormed(), retryable: true };
}
