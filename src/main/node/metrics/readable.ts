import type { Logger } from '../../../ports/world.ts';
import type { OwnMetric, Sample } from './own-metric.ts';

/** What takes longer is left out: who asks has to be answered before he gives up. */
const patienceMs = 3_000;

/** Samples that are read from the store, and left out while they cannot be: the others are answered all the same. */
export function whileReadable(
  name: string,
  samples: OwnMetric['samples'],
  logger: Pick<Logger, 'debug'>,
): OwnMetric['samples'] {
  return async () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing within ${patienceMs} ms`)), patienceMs);
    });
    try {
      return await Promise.race([samples(), late]);
    } catch (error) {
      logger.debug('a metric cannot be read', { metric: name, error: String(error) });
      return [] satisfies Sample[];
    } finally {
      clearTimeout(timer);
    }
  };
}
