import { workKey } from '../../ports/store/work-key.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import { bigint, boolean, integer, text, type Column } from './statement.ts';

/*
 * How a job is offered to workers stands in its own row, and goes there by the statement that writes the job.
 */

export type Put = Extract<WorkChange, { readonly type: 'put' }>;

/** What of a job's row says how it is offered, without its stage and slot, which depend on the limits of its type. */
export function offeredColumns<T>(of: (row: T) => Put | null): readonly Column<T>[] {
  const value = <V>(read: (put: Put) => V) => (row: T): V | null => {
    const put = of(row);
    return put === null ? null : read(put);
  };
  return [
    text('work_key', value(({ kind, jobType }) => workKey(kind, jobType))),
    boolean('candidate', value(({ candidate }) => candidate !== null)),
    integer('priority', value(({ work }) => work.priority)),
    bigint('due_at', value(({ work }) => work.dueAt)),
    bigint('pause_ms', value(({ work }) => work.pauseMs)),
    text('concurrency_key', value(({ work }) => work.concurrencyKey ?? '')),
    bigint('timeout_ms', value(({ work }) => work.timeoutMs)),
  ];
}

/** What stage and slot are told from; `now` is null where nothing is offered. */
export function stageColumns<T>(of: (row: T) => Put | null): readonly Column<T>[] {
  return [
    boolean('blocked', (row) => of(row)?.work.blocked ?? null),
    bigint('now', (row) => of(row)?.now ?? null),
  ];
}

/** Of a row `c` of those columns, with `limited` joined: see `joinLimited`. */
export const slotOf = "c.concurrency_key <> '' OR limited.name IS NOT NULL";
export const stageOf = `CASE WHEN c.now IS NULL THEN NULL WHEN c.blocked THEN 'blocked'
  WHEN c.due_at > c.now THEN 'scheduled' WHEN ${slotOf} THEN 'queued' ELSE 'ready' END`;
/** `keys`: the parameter with the keys of `c`. */
export const joinLimited = (keys: string): string =>
  `LEFT JOIN work_types limited ON limited.limited AND limited.name = ANY(${keys}) AND limited.name = c.work_key`;

/** Of a job that nobody has, however it is offered from now on. */
export const unleased =
  'work_token = NULL, lease_ms = NULL, leased_until = NULL, timeout_at = NULL, cancel_requested = NULL';
/** Of a job that is offered no more. */
export const withdrawn = `stage = NULL, work_key = NULL, slot = NULL, candidate = NULL, priority = NULL, due_at = NULL,
  pause_ms = NULL, concurrency_key = NULL, timeout_ms = NULL, ${unleased}`;
