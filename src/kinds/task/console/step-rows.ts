import type { ListedJob } from '../../../console/page.ts';
import type { TaskJob } from './task-job.ts';

type Step = TaskJob['steps'][number];

/** Something that the handler has done, or that it waits for. */
export type StepRow =
  | { readonly is: 'step'; readonly key: string; readonly at: string; readonly step: Step }
  /** Over at `until`. */
  | { readonly is: 'sleep'; readonly key: string; readonly at: string; readonly step: Step; readonly until: string }
  | { readonly is: 'child'; readonly key: string; readonly at: string; readonly child: ListedJob };

/** Steps, sleeps and the tasks that were started, in the order in which they came. */
export function stepRows(steps: readonly Step[], children: readonly ListedJob[]): readonly StepRow[] {
  const rows: StepRow[] = [
    ...steps.map((step): StepRow => {
      const { name, at } = step;
      const key = `step ${name}`;
      const until = sleepEnd(step);
      return until === null ? { is: 'step', key, at, step } : { is: 'sleep', key, at, step, until };
    }),
    ...children.map((child): StepRow => ({ is: 'child', key: child.id, at: child.createdAt, child })),
  ];
  return rows.sort((first, second) => Date.parse(first.at) - Date.parse(second.at));
}

/** `ctx.sleep` keeps its end as a step, which has this name unless the handler gives it another. */
function sleepEnd({ name, result }: Step): string | null {
  if (!/^sleep(?: \d+)?$/.test(name) || typeof result !== 'string') return null;
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(result) && !Number.isNaN(Date.parse(result)) ? result : null;
}

/** JSON on one line, as much of it as a row has room for. */
export function excerptOf(result: unknown): string {
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  return text.length <= 60 ? text : `${text.slice(0, 59).toWellFormed()}…`;
}
