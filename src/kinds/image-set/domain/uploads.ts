import { refusal, type Refusal } from '../../../domain/errors.ts';
import { imageSetLifecycle } from './lifecycle.ts';
import type { ImageSetJob } from './types.ts';

/** An object that is uploaded by URL: a photo, or what a worker made of it. */
export interface UploadKey {
  readonly part: 'inputs' | 'outputs' | 'previews';
  readonly ownerId: string;
  readonly jobId: string;
  readonly idx: number;
}

const names = {
  inputs: /^(\d+)\.jpg$/,
  outputs: /^(\d+)_result\.(?:png|webp|jpg)$/,
  previews: /^(\d+)_(?:thumb|input)\.jpg$/,
} as const;

/** What a key names; null when it is none that clients or workers upload. See `keys.ts`. */
export function readUploadKey(key: string): UploadKey | null {
  const [part, ownerId, jobId, name, ...rest] = key.split('/');
  if (part !== 'inputs' && part !== 'outputs' && part !== 'previews') return null;
  const idx = names[part].exec(name ?? '')?.[1];
  if (ownerId === undefined || jobId === undefined || idx === undefined || rest.length > 0) return null;
  return { part, ownerId, jobId, idx: Number(idx) };
}

/**
 * Why the object may not be written (any longer), or null. Photos may come, and be replaced, until the set is executed:
 * clients may confirm before the last one is there. Results may come from then on, until their item has one: what
 * was delivered does not change any more.
 */
export function uploadProblem(job: ImageSetJob, { part, ownerId, idx }: UploadKey): Refusal | null {
  const { state, id } = job;
  const no = (why: string): Refusal => refusal('conflict', `The upload is refused: ${why}.`, { state });
  if (imageSetLifecycle.isTerminal(state as never)) return no(`job ${id} has ended, it is ${state}`);
  if (ownerId !== job.ownerId || idx >= (job.fields.total ?? job.fields.itemCount)) {
    return no(`job ${id} has no such item`);
  }
  if (part === 'inputs' && job.fields.inputs !== null) return no(`job ${id} is made of photos of another one`);
  const isExecuted = state === 'queued' || state === 'running';
  if (part === 'inputs') {
    return isExecuted ? no(`job ${id} is ${state}, and takes photos until it is executed`) : null;
  }
  if (!isExecuted) return no(`job ${id} is ${state}, and takes results once it is queued`);
  return job.items.has(idx) ? no(`item ${idx} of job ${id} has its result already`) : null;
}
