import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalEdge } from '../../scripts/edge/local.ts';
import { allowedOrigin, storedSetsOfFree } from './target-types.ts';

/** The Worker with the settings of every target, its data in a temporary folder. `stop` throws if it logged errors. */
export async function startEdge(
  gpuWorkerUrl: string,
): Promise<{ readonly url: string; readonly folder: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-edge-'));
  const vars = {
    GPU_WORKER_URL: gpuWorkerUrl, ALLOWED_ORIGINS: allowedOrigin, ANONYMOUS_SIGNUP: 'true',
    WEBHOOK_ALLOW_PRIVATE: 'true', WAYBILL_CONSOLE: 'false', QUOTA_JOBS: `free.image-set.stored=${storedSetsOfFree}`,
  };
  const printed: string[] = [];
  const edge = await startLocalEdge({ port: 0, folder, vars, onLine: (line) => printed.push(line) });
  return {
    url: edge.url,
    folder,
    stop: async () => {
      await edge.stop();
      rmSync(folder, { recursive: true, force: true });
      const errors = printed.filter((line) => /"level":"error"|does not declare/.test(line));
      if (errors.length > 0) throw new Error(`the Worker logged:\n${errors.join('\n')}`);
    },
  };
}
