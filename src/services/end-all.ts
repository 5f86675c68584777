import type { Result } from '../domain/errors.ts';
import type { Logger } from '../ports/world.ts';
import { endLevel } from './service.ts';

/**
 * Ends each by itself, all at once. Returns how many could not be ended: those must not make a loop spin.
 *
 * @param texts what the log says of those that ended, and of one that did not
 */
export async function endAll<T>(
  things: readonly T[],
  end: (thing: T) => Promise<Result<unknown>>,
  { logger, jobIdOf, texts }: {
    readonly logger: Logger;
    readonly jobIdOf: (thing: T) => string;
    readonly texts: { readonly ended: string; readonly stuck: string };
  },
): Promise<number> {
  const ends = await Promise.allSettled(things.map((thing) => end(thing)));
  let stuck = 0;
  for (const [index, thing] of things.entries()) {
    const ended = ends[index]!;
    if (ended.status === 'fulfilled' && ended.value.ok) continue;
    const why = ended.status === 'rejected' ? String(ended.reason) : ended.value;
    logger[endLevel(ended)](texts.stuck, { jobId: jobIdOf(thing), why });
    stuck += 1;
  }
  if (things.length > stuck) logger.info(texts.ended, { jobs: things.length - stuck });
  return stuck;
}
