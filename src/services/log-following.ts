import type { Dependencies } from '../application/dependencies.ts';
import { createLoop, type Service } from './service.ts';

/** How often it looks without being told, and how long it leaves things alone after a look. Milliseconds. */
const [pollMs, restMs] = [400, 50];
const idleMs = 60_000;
const atOnce = 1_000;

/**
 * Tells those who follow logs of lines that were written, and of jobs that ended, at other servers: one look for all
 * of them, however many they are.
 */
export function createLogFollowing(
  { store: { logs }, signals, logger }: Pick<Dependencies, 'store' | 'signals' | 'logger'>,
): Service {
  let known = new Map<string, string>();
  return createLoop({
    name: 'log-following',
    logger,
    wakeUp: signals.logs,
    round: async () => {
      const watched = signals.lines.watched();
      const seen = new Map<string, string>();
      for (let from = 0; from < watched.length; from += atOnce) {
        const ids = watched.slice(from, from + atOnce);
        const left = new Set(ids);
        for (const { jobId, lastLine, hasEnded } of await logs.progress(ids)) {
          seen.set(jobId, `${lastLine} ${hasEnded}`);
          left.delete(jobId);
        }
        for (const gone of left) seen.set(gone, 'gone');
      }
      for (const [jobId, state] of seen) if (known.get(jobId) !== state) signals.lines.notify(jobId);
      known = seen;
      if (watched.length === 0) return idleMs;
      await new Promise<void>((resolve) => setTimeout(resolve, restMs));
      return pollMs;
    },
  });
}
