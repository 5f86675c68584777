import type { EndsRecorder } from '../application/times/recorder.ts';
import type { WakeUp } from '../application/wake-up.ts';
import type { Logger } from '../ports/world.ts';
import { createLoop, type Service } from './service.ts';

const everyMs = 3_000;

/** Stores what was counted of jobs that ended, and once more when the server stops. */
export function createEndsService(recorder: EndsRecorder, parts: {
  readonly logger: Logger; readonly wakeUp: WakeUp;
}): Service {
  const loop = createLoop({
    name: 'ends-recorder', ...parts,
    round: async () => {
      await recorder.store();
      return recorder.hasMore ? 0 : everyMs;
    },
  });
  return {
    ...loop,
    stop: async () => {
      await loop.stop();
      await recorder.store().catch(() => {});
    },
  };
}
