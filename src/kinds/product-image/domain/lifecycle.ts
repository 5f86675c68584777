import { defineLifecycle } from '../../../domain/lifecycle.ts';
import type { Timings } from './types.ts';

const seconds = 1_000;

export const productImageLifecycle = defineLifecycle({
  kind: 'product-image',
  states: {
    NEW: {
      phase: 'waiting', requires: ['sku', 'imageSha256', 'theme'], estimateMs: 5 * seconds,
      description: 'Announced by the webhook; nobody has started it yet.',
    },
    QUEUED: {
      phase: 'waiting', requires: ['imageUrl', 'imageSha256'], estimateMs: 40 * seconds,
      description: 'Started; the image is fetched from its URL.',
    },
    SEGMENTING: {
      phase: 'active', requires: ['originalKey'], estimateMs: 60 * seconds,
      description: 'The product is being cut out.',
    },
    BG_GENERATING: {
      phase: 'active', requires: ['maskKey'], estimateMs: 120 * seconds,
      description: 'The product is cut out; backgrounds are being made.',
    },
    COMPOSITING: {
      phase: 'active', requires: ['bgKeys'], estimateMs: 45 * seconds,
      description: 'The backgrounds are there; product and backgrounds are being put together.',
    },
    SHOPIFY_PUSH: {
      phase: 'active', requires: ['compositeKeys'], estimateMs: 15 * seconds,
      description: 'The images are made; they are being put on the product in Shopify.',
    },
    DONE: { phase: 'succeeded', requires: ['shopifyMediaIds'], description: 'The images are on the product.' },
    FAILED: {
      phase: 'failed', requires: ['errorCode', 'errorMessage'],
      description: 'It failed; errorCode and errorMessage say why. It can be retried while attempts are left.',
    },
  },
  transitions: [
    { from: null, command: 'create', to: 'NEW', rule: 'an image of the sku more, within its limit' },
    { from: 'NEW', command: 'start', to: 'QUEUED', rule: 'its time limit begins' },
    {
      from: 'QUEUED', command: 'report', to: 'SEGMENTING',
      rule: 'the original, by the pipeline; or passed through by a report of this step or a later',
    },
    { from: 'SEGMENTING', command: 'report', to: 'BG_GENERATING', rule: 'the mask' },
    { from: 'BG_GENERATING', command: 'report', to: 'COMPOSITING', rule: 'the backgrounds' },
    { from: 'COMPOSITING', command: 'report', to: 'SHOPIFY_PUSH', rule: 'the composites' },
    { from: 'SHOPIFY_PUSH', command: 'report', to: 'DONE', rule: 'the media in Shopify' },
    ...(['NEW', 'QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH'] as const).flatMap((from) => [
      { from, command: 'fail', to: 'FAILED' } as const,
      { from, command: 'expire', to: 'FAILED', rule: 'not done within its time limit: TIMEOUT' } as const,
    ]),
    { from: 'FAILED', command: 'retry', to: 'QUEUED', reopens: true, rule: 'while attempts are left' },
  ],
});

/** In the order in which a job goes through them. */
const way = ['NEW', 'QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH'] as const;

/** The step that is under way in each state. */
const stepIn = {
  NEW: null, QUEUED: 'original', SEGMENTING: 'segmentation', BG_GENERATING: 'backgrounds', COMPOSITING: 'composite',
  SHOPIFY_PUSH: 'shopify',
} as const;

/**
 * Until it is done, when it has just entered the state, if all goes as usual; 0 at the end. Whole seconds. `usual`: how
 * long steps took so far; of those that it does not have, the lifecycle's estimate counts.
 */
export function remainingSeconds(state: string, usual: Timings = {}): number {
  const from = way.findIndex((name) => name === state);
  if (from === -1) return 0;
  const msOf = (name: (typeof way)[number]): number => {
    const step = stepIn[name];
    return (step === null ? undefined : usual[step]) ?? productImageLifecycle.states[name].estimateMs ?? 0;
  };
  return Math.ceil(way.slice(from).reduce((sum, name) => sum + msOf(name), 0) / seconds);
}
