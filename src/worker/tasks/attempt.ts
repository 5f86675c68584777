import { plainJson } from '../../contract/input/plain-json.ts';
import { Problems } from '../../contract/input/problems.ts';
import { checkJson } from '../../contract/input/text.ts';
import { messageOf, RetryAfter, ShutdownError, shortened } from './errors.ts';
import type { Handler, TaskContext } from './handler.ts';
import { jobOf } from './context.ts';
import type { Ending, Held } from './held.ts';

const messageLength = 2_000;
/** Of a result's JSON in UTF-8, by the contract. */
const resultBytes = 256 * 1024;
const maxRetryAfterMs = 30 * 86_400_000;

export interface Attempted {
  readonly report: Ending;
  /** About how many bytes of JSON the report has. */
  readonly bytes: number;
  /** What the handler threw, unless it did so because it was told to stop. */
  readonly thrown?: unknown;
}

/** Runs the handler; what is to be said of the task then. Never rejects. */
export async function attempt(held: Held, handler: Handler, context: TaskContext): Promise<Attempted> {
  const { leaseId } = held;
  let result: unknown;
  try {
    result = await handler(jobOf(held), context);
  } catch (thrown) {
    if (held.reason instanceof ShutdownError) return { report: { leaseId, type: 'return' }, bytes: 100 };
    const report = failure(leaseId, thrown);
    const wasTold = held.reason !== undefined && (thrown === held.reason || isAbort(thrown));
    return { report, bytes: 200 + messageLength, ...(wasTold ? {} : { thrown }) };
  }
  return completion(leaseId, result);
}

function completion(leaseId: string, result: unknown): Attempted {
  if (result === undefined || result === null || typeof result === 'boolean') {
    return { report: { leaseId, type: 'complete', result: result ?? null }, bytes: 100 };
  }
  const problems = new Problems();
  // As it will be read: no getters, and nothing that the handler could still change.
  const plain = checkJson(plainJson(result, 'result', problems), 'result', 'refuse', problems);
  const [problem] = Object.entries(problems.fields());
  if (problem !== undefined) return unfit(leaseId, `The handler's result cannot be kept: ${problem.join(' ')}.`);
  const bytes = Buffer.byteLength(JSON.stringify(plain));
  if (bytes > resultBytes) {
    return unfit(leaseId, `The handler's result has ${bytes} bytes of JSON, and ${resultBytes} is the most.`);
  }
  return { report: { leaseId, type: 'complete', result: plain }, bytes: 100 + bytes };
}

/** The same handler would give the same again. */
function unfit(leaseId: string, why: string): Attempted {
  const message = shortened(why, messageLength);
  const report: Ending = { leaseId, type: 'fail', message, retry: false };
  return { report, bytes: 200 + messageLength, thrown: new TypeError(message) };
}

/** Known by name, since the handler's package may have a copy of these classes of its own. */
function failure(leaseId: string, thrown: unknown): Ending {
  const message = messageOf(thrown, messageLength);
  const { name, ms } = (thrown ?? {}) as { name?: unknown; ms?: unknown };
  if (name === 'DoNotRetry') return { leaseId, type: 'fail', message, retry: false };
  if (thrown instanceof RetryAfter || (name === 'RetryAfter' && typeof ms === 'number')) {
    const wanted = Number.isFinite(ms) ? Math.max(0, Math.round(ms as number)) : 0;
    return { leaseId, type: 'fail', message, retry: true, retryAfterMs: Math.min(wanted, maxRetryAfterMs) };
  }
  return { leaseId, type: 'fail', message, retry: true };
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
