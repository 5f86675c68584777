import { defineSaga } from '../../../domain/saga/definition.ts';

const hourMs = 3_600_000;
/** Longer than any attempt: the time limits of the job end it. */
const longestMs = 7 * 24 * hourMs;
const backoff = { firstMs: 500, maxMs: 30_000 } as const;
const compensation = { maxAttempts: 50, backoff: { firstMs: 500, maxMs: 60_000 }, timeoutMs: 120_000 } as const;

/** The `data` of all three sagas. */
export interface SagaData {
  readonly workerId: string;
}

/** Starts a worker, and waits for its agent. */
export const provisioningSaga = defineSaga({
  type: 'PROVISIONING',
  steps: [
    { name: 'ValidateProviderCapacity', maxAttempts: 3, backoff, timeoutMs: 30_000, compensated: false },
    { name: 'CreateInfrastructure', maxAttempts: 3, backoff, timeoutMs: 600_000, compensated: true },
    { name: 'RegisterWorker', maxAttempts: 1, backoff, timeoutMs: 600_000, compensated: false, awaited: true },
    { name: 'PublishProvisionedEvent', maxAttempts: 20, backoff, timeoutMs: 30_000, compensated: false },
  ],
  compensation,
});

/** Sees a job through: from the worker that is ready to the worker that is ended, or free again. */
export const executionSaga = defineSaga({
  type: 'EXECUTION',
  steps: [
    { name: 'ValidateJob', maxAttempts: 3, backoff, timeoutMs: 30_000, compensated: false },
    { name: 'AssignWorker', maxAttempts: 1, backoff, timeoutMs: hourMs, compensated: true, awaited: true },
    { name: 'ExecuteJob', maxAttempts: 1, backoff, timeoutMs: longestMs, compensated: false, awaited: true },
    { name: 'CompleteJob', maxAttempts: 20, backoff, timeoutMs: 60_000, compensated: false },
  ],
  compensation,
});

/** Finds out what happened to a silent worker, makes sure that it is gone, and lets its job continue. */
export const recoverySaga = defineSaga({
  type: 'RECOVERY',
  steps: [
    { name: 'CheckWorkerConnectivity', maxAttempts: 12, backoff, timeoutMs: 60_000, compensated: false },
    { name: 'TerminateOldWorker', maxAttempts: 100, backoff, timeoutMs: 120_000, compensated: false },
    { name: 'TransferJob', maxAttempts: 20, backoff, timeoutMs: 30_000, compensated: false },
  ],
  compensation,
});

const tailLength = 12;

/**
 * The same for the same lost lease, so that a decision needs no new id: the job's id as a UUID of version 8 (RFC 9562,
 * for custom ids), with the lease's token added to its last digits.
 */
export function recoverySagaIdOf(jobId: string, token: number): string {
  const [first = '', second = '', third = '', fourth = '', tail = ''] = jobId.split('-');
  const added = (Number.parseInt(tail, 16) + token) % 16 ** tailLength;
  return [first, second, `8${third.slice(1)}`, fourth, added.toString(16).padStart(tailLength, '0')].join('-');
}
