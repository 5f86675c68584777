import * as z from 'zod';
import { phase } from '../../contract/fields.ts';
import { sharedFields } from '../../contract/jobs.ts';
import { shortenObject } from './shorten.ts';

// Whether it is one, the server says; the pattern of a UUID is long.
export const jobId = z.string().min(1).max(100).describe('Id of the job, a UUID.');

// Every client is sent these with each tool: they are lean, and /openapi.json says more of the fields.
const text = z.string();
const number = z.number();

/** A job in a list. */
export const listedJob = z.object({
  id: text, kind: text, type: text.nullable(), ownerId: text, status: text, phase, createdAt: text,
  endedAt: text.nullable(),
  progress: z.object({ done: number, failed: number, total: number.nullable(), percent: number }),
  labels: z.record(text, text),
  costMicroUsd: number,
});

/** A job by itself, of whatever kind. `details`: what its kind says, with long parts cut. */
export const shownJob = listedJob.extend({
  startedAt: text.nullable(), deadlineAt: text.nullable(), parentId: text.nullable(),
  details: z.record(text, z.unknown()),
});

export type ShownJob = z.input<typeof shownJob>;

/** Of the view of a job: what all jobs have, and the rest, cut to a size that can be read. */
export function showJob(view: object): ShownJob {
  const entries = Object.entries(view);
  const shared = entries.filter(([name]) => Object.hasOwn(sharedFields, name));
  const details = shortenObject(Object.fromEntries(entries.filter(([name]) => !Object.hasOwn(sharedFields, name))));
  return { ...Object.fromEntries(shared), details } as ShownJob;
}

type Named = Pick<ShownJob, 'id' | 'kind' | 'type' | 'status' | 'endedAt' | 'progress'>;

/** `Job 0193… (print poster) is processing, 66 %` */
export function jobSentence({ id, kind, type, status, endedAt, progress: { percent } }: Named): string {
  const what = `Job ${id} (${type === null ? kind : `${kind} ${type}`})`;
  return endedAt === null ? `${what} is ${status}, ${percent} %` : `${what} ended as ${status} at ${endedAt}`;
}
