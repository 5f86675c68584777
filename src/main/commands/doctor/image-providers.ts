import { createReplicate, type ReplicateSettings } from '../../../imaging/replicate/index.ts';
import { systemClock } from '../../node/world.ts';
import { fail, ok, type Finding } from './finding.ts';

const patienceMs = 10_000;

/** Whether the token is good and the models are there; makes no prediction. */
export async function checkReplicate(settings: ReplicateSettings): Promise<Finding> {
  const replicate = createReplicate(settings, { clock: systemClock, patienceMs });
  const { healthy, message } = await replicate.test(AbortSignal.timeout(3 * patienceMs)).catch((error: Error) => {
    return { healthy: false, message: error.message };
  });
  if (healthy) return ok('replicate', message);
  return fail('replicate', message, 'See REPLICATE_API_TOKEN and the models in docs/configuration.md.');
}
