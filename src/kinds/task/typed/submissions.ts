import type { RouteInput } from '../../../contract/route.ts';
import type { submitTask } from '../contract/tasks.ts';
import { check, type Checked, type InputOf, type Schema } from './schema.ts';
import type { TaskOptions } from './task-options.ts';

export type Submission = RouteInput<typeof submitTask>['body'];

/**
 * What is sent of each. The data is sent as it was given: schemas may transform it into what JSON does not have.
 *
 * @param more goes before what the definition says
 */
export async function submissions<I extends Schema<any, any>>(
  definition: TaskOptions<I, any>, all: readonly InputOf<I>[], more: Omit<Submission, 'type' | 'data'>,
): Promise<Checked<readonly Submission[]>> {
  const { type, input, maxAttempts, backoff, timeout, priority, labels } = definition;
  const fields: Record<string, string> = {};
  for (const [index, data] of all.entries()) {
    const checked = await check(input, data, all.length === 1 ? 'data' : `${index}.data`);
    if (!checked.ok) Object.assign(fields, checked.fields);
  }
  if (Object.keys(fields).length > 0) return { ok: false, fields };
  const value = all.map((data) => ({
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(backoff !== undefined && { backoff }),
    ...(timeout !== undefined && { timeout }),
    ...(priority !== undefined && { priority }),
    ...(labels !== undefined && { labels: labels(data) }),
    ...more, type, data,
  }));
  return { ok: true, value };
}

/** In their order, each with as many as one request may have, by number and by size. */
export function* partsOf<T extends Submission>(jobs: readonly T[], most: number): Generator<T[]> {
  let part: T[] = [];
  let length = 0;
  for (const job of jobs) {
    const size = new TextEncoder().encode(JSON.stringify(job)).length + 1;
    if (part.length > 0 && (part.length === most || length + size > bytesOfRequest)) {
      yield part;
      [part, length] = [[], 0];
    }
    part.push(job);
    length += size;
  }
  if (part.length > 0) yield part;
}

/** Servers take 1 MiB. */
const bytesOfRequest = 1_000_000;
