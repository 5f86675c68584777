import type { TaskJob } from './task-job.ts';

type ErrorEntry = TaskJob['errorLog'][number];

export interface ErrorGroup {
  readonly key: string;
  /** Of the newest. */
  readonly message: string;
  readonly code: string | null;
  readonly count: number;
  readonly lastAt: string;
  /** What they were about, newest first, none twice. */
  readonly items: readonly string[];
  /** Of the newest that has one. */
  readonly stack: string | null;
}

/** Errors that differ in numbers, ids and quoted words alone are one problem. Those that happened last come first. */
export function errorGroups(entries: readonly ErrorEntry[]): readonly ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const { message, code = null, at, item, stack = null } of [...entries].reverse()) {
    const key = `${code ?? ''} ${shapeOf(message)}`;
    const known = groups.get(key) ?? { key, message, code, count: 0, lastAt: at, items: [], stack: null };
    const items = item === undefined || known.items.includes(item) ? known.items : [...known.items, item];
    groups.set(key, { ...known, count: known.count + 1, items, stack: known.stack ?? stack });
  }
  return [...groups.values()];
}

function shapeOf(message: string): string {
  return message
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '#')
    .replace(/(["'`])(?:(?!\1).)*\1/g, '#')
    .replace(/\d[\d.,]*/g, '#');
}
