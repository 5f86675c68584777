import { refuse, type Result } from '../../domain/errors.ts';
import type { Logger } from '../../ports/world.ts';

/**
 * What a Durable Object answers. An error that is thrown across objects loses its type and its stack, and ends
 * more than the call: so what should never happen is said too.
 */
export type Said<T> = Result<T> | { readonly ok: false; readonly fault: string };

/** In the object that is called: never throws. */
export async function saying<T>(logger: Logger, what: string, work: () => Promise<Result<T>>): Promise<Said<T>> {
  try {
    return await work();
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.error('a call failed', { call: what, error: fault });
    return { ok: false, fault: `${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** For the caller. An object that cannot be reached is a refusal; throws only when the object's code is wrong. */
export async function heard<T>(call: Promise<Said<T>>): Promise<Result<T>> {
  let said: Said<T>;
  try {
    said = await call;
  } catch (error) {
    // For the log alone: clients have no use for the inside of the server.
    console.warn(JSON.stringify({ level: 'warn', message: 'an object cannot be reached', error: String(error) }));
    return refuse('unavailable', 'Part of the server cannot be reached: try again in a second.');
  }
  if (!said.ok && 'fault' in said) throw new Error(said.fault);
  return said;
}

/** For what has to be said again unless it was heard. */
export async function mustHear<T>(call: Promise<Said<T>>): Promise<T> {
  const result = await heard(call);
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
}
