import { jobOf } from './context.ts';
import { current } from './current.ts';
import { ShutdownError, SuspendedError } from './errors.ts';
import { shortened } from '../../../worker/shortened.ts';
import type { Handler, TaskContext } from '../typed/handler.ts';
import type { Ending, Held } from './held.ts';
import { storable } from './storable.ts';
import { property, thrownOf, type Thrown } from '../../../worker/thrown.ts';

const maxRetryAfterMs = 30 * 86_400_000;

export interface Attempted {
  readonly report: Ending;
  /** About how many bytes of JSON the report has. */
  readonly bytes: number;
  /** Why the attempt has failed, unless the handler was told to stop. */
  readonly failure?: Thrown;
  /** What the handler threw, where it can be told: not from another process. */
  readonly thrown?: unknown;
}

/** Runs the handler; what is to be said of the task then. Never rejects, whatever is thrown. */
export async function attempt(held: Held, handler: Handler, context: TaskContext): Promise<Attempted> {
  try {
    return await tryOnce(held, handler, context);
  } catch (thrown) {
    // Handlers can break what every program has, `JSON.stringify` for one. A task must end all the same.
    const failure = { message: 'What the handler returned or threw cannot be read.' };
    return { report: { leaseId: held.leaseId, type: 'fail', ...failure, retry: true }, bytes: 300, failure, thrown };
  }
}

async function tryOnce(held: Held, handler: Handler, context: TaskContext): Promise<Attempted> {
  const { leaseId } = held;
  let result: unknown;
  try {
    result = await run(held, handler, context);
  } catch (thrown) {
    if (held.reason instanceof SuspendedError) return suspended(leaseId, held.reason);
    if (held.reason instanceof ShutdownError) return { report: { leaseId, type: 'release' }, bytes: 100 };
    const failure = thrownOf(thrown);
    // The child has had all its attempts: those of its parent would be told the same.
    const isFinal = held.childFailure !== null && thrown === held.childFailure;
    const report = failed(leaseId, thrown, failure, isFinal);
    const bytes = 300 + failure.message.length + (failure.stack?.length ?? 0);
    const wasTold = held.reason !== undefined && (thrown === held.reason || property(thrown, 'name') === 'AbortError');
    return { report, bytes, ...(wasTold ? {} : { thrown, failure }) };
  }
  // Whoever caught that has waited for nothing.
  return held.reason instanceof SuspendedError ? suspended(leaseId, held.reason) : completion(leaseId, result);
}

function suspended(leaseId: string, { waitsFor, until }: SuspendedError): Attempted {
  const delayMs = Math.max(0, until - Date.now());
  return { report: { leaseId, type: 'suspend', waitsFor: [...waitsFor], delayMs }, bytes: 150 + 40 * waitsFor.length };
}

/** Ends as the handler does, or with an error that nobody caught and that is known to be the task's. */
function run(held: Held, handler: Handler, context: TaskContext): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  held.onStray = reject;
  current.run(held, async () => resolve(await handler(jobOf(held), context))).catch(reject);
  return promise;
}

function completion(leaseId: string, result: unknown): Attempted {
  const kept = storable(result, "The handler's result");
  if (!kept.ok) return unfit(leaseId, kept.why);
  return { report: { leaseId, type: 'complete', result: kept.value }, bytes: 100 + kept.bytes };
}

/** The same handler would give the same again. */
function unfit(leaseId: string, why: string): Attempted {
  const failure = { message: shortened(why, 2_000) };
  const report: Ending = { leaseId, type: 'fail', ...failure, retry: false };
  return { report, bytes: 2_200, failure, thrown: new TypeError(failure.message) };
}

/** Known by name, since the handler's package may have a copy of these classes of its own. */
function failed(leaseId: string, thrown: unknown, failure: Thrown, isFinal: boolean): Ending {
  const name = property(thrown, 'name');
  const ms = property(thrown, 'ms');
  if (isFinal || name === 'DoNotRetry') return { leaseId, type: 'fail', ...failure, retry: false };
  if (name === 'RetryAfter' && typeof ms === 'number') {
    const wanted = Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : 0;
    return { leaseId, type: 'fail', ...failure, retry: true, retryAfterMs: Math.min(wanted, maxRetryAfterMs) };
  }
  return { leaseId, type: 'fail', ...failure, retry: true };
}
