import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Agenda } from '../../../testing/simulator/agenda.ts';
import type { Life } from '../../../testing/simulator/life.ts';

/** What shop and providers have of the world around them. */
export interface Outside {
  readonly clock: { now(): number };
  readonly random: SeededRandom;
  readonly agenda: Agenda;
  /** Whether anything still fails. */
  readonly isWild: boolean;
  /** One of the awaits at which the server may die. */
  point(life: Life): void;
}

const never = new Promise<never>(() => {});

/**
 * A request of a server to somebody outside. Once it is under way it has its effect, whatever becomes of the server; a
 * server that dies meanwhile never hears of it, and one that waits no longer does not either.
 */
export async function reach<T>(
  outside: Outside,
  life: Life,
  signal: AbortSignal | null,
  act: () => T,
  mostMs = 400,
): Promise<T> {
  signal?.throwIfAborted();
  outside.point(life);
  if (life.dead) return never;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', stop);
  const lasts = (): number => (mostMs === 0 ? 0 : outside.random.integer(1, mostMs));
  outside.agenda.after(lasts(), () => {
    const answer = attempt(act);
    outside.agenda.after(lasts(), () => {
      outside.point(life);
      if (life.dead) return;
      if ('error' in answer) reject(answer.error);
      else resolve(answer.value);
    });
  });
  return promise.finally(() => signal?.removeEventListener('abort', stop));
}

function attempt<T>(act: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}
