import { z } from 'zod';
import { RequestError } from '../../http/request-error.ts';
import { retryUntilAnswered, type RetryPauses, type RetryTime } from '../../http/retry.ts';
import type { ReplicateApi } from './api.ts';
import type { Model } from './models.ts';

const account = z.object({ username: z.string() });
const anything = z.object({});

const purposes = { segment: 'cut-outs', backgrounds: 'backgrounds' } as const;
type Purpose = keyof typeof purposes;

/** Whether the token is good and the models are there; only looks. */
export async function checkHealth(
  { api, tries, models, estimate }: {
    readonly api: ReplicateApi;
    readonly tries: RetryPauses & { readonly patienceMs: number; readonly time: RetryTime };
    readonly models: Readonly<Record<Purpose, Model>>;
    /** In micro-dollars, for so many images. */
    estimate(purpose: Purpose, images: number): number;
  },
  signal: AbortSignal,
): Promise<{ readonly healthy: boolean; readonly message: string }> {
  const get = <T>(path: string, shape: z.ZodType<T>) =>
    retryUntilAnswered(() => api.send({ method: 'GET', path, shape }, signal), { ...tries, signal });
  try {
    const { username } = await get('/account', account);
    const found: string[] = [];
    for (const purpose of Object.keys(purposes) as Purpose[]) {
      const { name, version } = models[purpose];
      await get(version === null ? `/models/${name}` : `/models/${name}/versions/${version}`, anything);
      found.push(`${purposes[purpose]} by ${name}, about $${(estimate(purpose, 1) / 1_000_000).toFixed(6)} each`);
    }
    return { healthy: true, message: `account ${username}; ${found.join('; ')}` };
  } catch (error) {
    if (error instanceof RequestError) return { healthy: false, message: `Replicate ${error.message}` };
    throw error;
  }
}
