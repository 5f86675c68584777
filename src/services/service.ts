import type { WakeUp } from '../application/wake-up.ts';
import type { Result } from '../domain/errors.ts';
import { outageBehind } from '../ports/store/unreachable.ts';
import type { Clock, Logger } from '../ports/world.ts';

/** Something that runs beside the requests until it is stopped. */
export interface Service {
  readonly name: string;
  start(): void;
  /** Resolves when the work under way has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `round` again and again. Each round says in how many milliseconds the next is due at the
 * latest; 0 means that there is more to do at once. A wake-up cuts the wait short. A round that
 * throws is logged and tried again after a pause. Ends when its wake-up is closed, as nothing is waited for then.
 */
export function createLoop(options: {
  readonly name: string;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
  readonly round: (signal: AbortSignal) => Promise<number>;
  readonly pauseAfterErrorMs?: number;
}): Service {
  const { name, logger, wakeUp, round, pauseAfterErrorMs = 1_000 } = options;
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted && !wakeUp.closed) {
      const seen = wakeUp.count;
      let pause: number;
      try {
        pause = await round(stopping.signal);
      } catch (error) {
        logger[faultLevel(error)](`${name} failed`, { service: name, error: String(error) });
        pause = pauseAfterErrorMs;
      }
      if (pause > 0) await wakeUp.wait(pause, seen, stopping.signal);
    }
  };
  return {
    name,
    start: () => {
      running ??= run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** What is over is only taken away while it is sure what time it is. */
export function isSettled(clock: Clock): boolean {
  return clock.settled?.() ?? true;
}

/** An outage of the store is told once, by whoever watches the store, and not by everything that runs into it. */
export function faultLevel(error: unknown): 'error' | 'debug' {
  return outageBehind(error) === null ? 'error' : 'debug';
}

/** Of what ends in `Promise.allSettled`, with `Result`s: a refusal that names the disk is as good as an outage. */
export function endLevel(end: PromiseSettledResult<Result<unknown>>): 'error' | 'debug' {
  if (end.status === 'rejected') return faultLevel(end.reason);
  return !end.value.ok && end.value.refusal.details?.['reason'] === 'disk_full' ? 'debug' : 'error';
}
