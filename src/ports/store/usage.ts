import type { JobChange } from './commit.ts';
import { splitJson } from './json-parts.ts';

/** What jobs of one owner and kind take up, kept with the jobs by each commit. */
export interface Usage {
  /** Jobs that have not ended. */
  readonly unfinished: number;
  /** All jobs that are stored, those that have ended included. */
  readonly kept: number;
  /** Of their inputs, and of the fields (results, errors) of those that have ended. Bytes of UTF-8. */
  readonly bytes: number;
}

export interface UsageReads {
  of(ownerId: string, kind: string): Promise<Usage>;
}

export interface UsageChange extends Usage {
  readonly ownerId: string;
  readonly kind: string;
}

const utf8 = new TextEncoder();
const notAscii = /[^\x00-\x7f]/;

/** Of UTF-8. */
function bytesOf(text: string): number {
  // Mostly there is nothing to encode.
  return notAscii.test(text) ? utf8.encode(text).length : text.length;
}

/** Bytes of a value's JSON in one part. The value does not change any more. */
export function storedBytes(value: unknown): number {
  if (value === null) return 0;
  const { small, large } = splitJson(value);
  const bytes = bytesOf(small);
  // Two parts have a brace more each, and no comma between them.
  return large === null ? bytes : bytes + bytesOf(large) - (small === '{}' ? 2 : 1);
}

/** What a commit adds to each owner's usage (and takes away), by owner and kind: always in the same order. */
export function usageChanges(changes: readonly JobChange[]): readonly UsageChange[] {
  const sums = new Map<string, UsageChange>();
  for (const { job, before } of changes) {
    const isOpen = job.endedAt === null;
    const wasOpen = before !== null && before.endedAt === null;
    if (before !== null && isOpen === wasOpen) continue;
    const { ownerId, kind } = job;
    const name = `${ownerId}\0${kind}`;
    const sum = sums.get(name) ?? { ownerId, kind, unfinished: 0, kept: 0, bytes: 0 };
    const reopened = before !== null && isOpen ? storedBytes(before.fields) : 0;
    const added = (before === null ? storedBytes(job.input) : 0) + (isOpen ? 0 : storedBytes(job.fields));
    sums.set(name, {
      ...sum,
      unfinished: sum.unfinished + Number(isOpen) - Number(wasOpen),
      kept: sum.kept + Number(before === null),
      bytes: sum.bytes + added - reopened,
    });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
}
