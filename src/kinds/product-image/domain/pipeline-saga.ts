import { defineSaga } from '../../../domain/saga/definition.ts';

const minutes = 60_000;

/**
 * How often an attempt that fails is repeated, its job decides. This bound is for those that break off because their
 * server dies, which say nothing to the job.
 */
const tries = { maxAttempts: 100, backoff: { firstMs: 2_000, maxMs: minutes }, compensated: false } as const;

/**
 * What the pipeline does for a job. Nothing is undone: what a step has stored is used by the next attempt, and goes
 * with the job. The time limits are for what hangs; providers and shop have shorter ones of their own.
 */
export const pipelineSaga = defineSaga({
  type: 'product-image',
  steps: [
    { ...tries, name: 'original', timeoutMs: 5 * minutes },
    { ...tries, name: 'segmentation', timeoutMs: 15 * minutes },
    { ...tries, name: 'backgrounds', timeoutMs: 15 * minutes },
    { ...tries, name: 'composite', timeoutMs: 15 * minutes },
    { ...tries, name: 'shopify', timeoutMs: 30 * minutes },
  ],
  compensation: { maxAttempts: 1, backoff: { firstMs: 1_000, maxMs: 1_000 }, timeoutMs: minutes },
});
