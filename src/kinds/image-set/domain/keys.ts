import type { ObjectPart } from '../../../domain/job/ended-objects.ts';
import { inputKeyAt, type InputKeys } from '../../../domain/job/input-keys.ts';
import { extensions, type OutputFormat } from './output.ts';
import type { ImageSetJob } from './types.ts';

/** Object keys of a set's photos, fixed by the contract. */
export function inputKey(ownerId: string, jobId: string, idx: number): string {
  return inputKeyAt(inputKeys(ownerId, jobId), idx);
}

/** Of the photos that the set is made from: its own, or another set's. */
export function inputKeysOf({ ownerId, id, fields: { inputs } }: ImageSetJob): InputKeys {
  return inputs === null ? inputKeys(ownerId, id) : inputKeys(ownerId, inputs.jobId, inputs.items);
}

function inputKeys(ownerId: string, jobId: string, numbers: InputKeys['numbers'] = null): InputKeys {
  return { prefix: `inputs/${ownerId}/${jobId}/`, suffix: '.jpg', numbers };
}

export function outputKey(ownerId: string, jobId: string, idx: number, format: OutputFormat = 'png'): string {
  return `outputs/${ownerId}/${jobId}/${idx}_result.${extensions[format]}`;
}

/** Ends in .jpg whatever the preview is: the contract fixes the key, and its Content-Type says what it is. */
export function previewKey(ownerId: string, jobId: string, idx: number): string {
  return `previews/${ownerId}/${jobId}/${idx}_thumb.jpg`;
}

/** Of the photo itself, beside that of its result: each set has its own, also of photos of another one. */
export function inputPreviewKey(ownerId: string, jobId: string, idx: number): string {
  return `previews/${ownerId}/${jobId}/${idx}_input.jpg`;
}

/** Where all objects of an owner's sets lie, as prefixes of their keys. */
export function ownerPrefixes(ownerId: string): readonly string[] {
  return ['inputs', 'outputs', 'previews', 'messages'].map((part) => `${part}/${ownerId}/`);
}

/** Where one set's objects of a part lie: what begins like this is its own. */
export function partPrefixes(part: ObjectPart, ownerId: string, jobId: string): readonly string[] {
  if (part === 'inputs') return [`inputs/${ownerId}/${jobId}/`];
  return [`outputs/${ownerId}/${jobId}/`, `previews/${ownerId}/${jobId}/`, messageKey(ownerId, jobId)];
}

/** Where the queue message of the set lies, when it is too large for the queue. */
export function messageKey(ownerId: string, jobId: string): string {
  return `messages/${ownerId}/${jobId}.json`;
}

/** The idempotency key of a worker's result for one item. */
export function itemKey(jobId: string, idx: number): string {
  return `${jobId}-item-${idx}`;
}

/** Whether the key lies where photos, results and messages of sets do, and not in this one's own folder there. */
export function isForeignKey(key: string, ownerId: string, jobId: string): boolean {
  const [part = ''] = key.split('/', 1);
  if (!['inputs', 'outputs', 'previews', 'messages'].includes(part)) return false;
  return !key.startsWith(`${part}/${ownerId}/${jobId}/`);
}
