import type { BulkAction, KindConsole, ListedJob } from '../../page.ts';
import { api } from '../../server/api.ts';
import { forEachOf } from './all-jobs.ts';

export type Target = Pick<ListedJob, 'id' | 'kind' | 'phase'>;
type KindOf = (job: Pick<ListedJob, 'kind'>) => KindConsole | undefined;

export interface BulkProgress {
  readonly done: number;
  readonly failed: number;
  readonly all: number;
}

/** Calls that are under way at once. */
const atOnce = 6;
/** Of a kind that takes many at once: so many in one request, so that one can stop in between. */
const groupSize = 200;

/** Whether it can be done to a job, as far as a list knows. */
export function isPossible(action: BulkAction, { kind, phase }: Target, kindOf: KindOf): boolean {
  const hasEnded = phase !== 'waiting' && phase !== 'active';
  if (action === 'cancel') return !hasEnded;
  if (action === 'retry') return phase === 'failed' || phase === 'canceled';
  return hasEnded && kindOf({ kind })?.bulk?.delete !== undefined;
}

/** Does it to each of them by itself: one that refuses does not keep the others from it. */
export async function doToAll(
  action: BulkAction,
  targets: readonly Target[],
  kindOf: KindOf,
  signal: AbortSignal,
  onProgress: (progress: BulkProgress) => void,
): Promise<BulkProgress> {
  let progress: BulkProgress = { done: 0, failed: 0, all: targets.length };
  const count = (done: number, failed: number): void => {
    progress = { ...progress, done: progress.done + done, failed: progress.failed + failed };
    onProgress(progress);
  };
  const single: Target[] = [];
  for (const [kind, jobs] of Map.groupBy(targets, (job) => job.kind)) {
    const many = kindOf({ kind })?.bulk?.[action];
    if (many === undefined) single.push(...jobs);
    else await inGroups(jobs, many, signal, count);
  }
  await forEachOf(single, atOnce, signal, async ({ id }) => {
    const ok = await doTo(action, id).then(() => true, () => false);
    if (!signal.aborted) count(ok ? 1 : 0, ok ? 0 : 1);
  });
  return progress;
}

async function inGroups(
  jobs: readonly Target[],
  act: (ids: readonly string[]) => Promise<{ readonly failed: number }>,
  signal: AbortSignal,
  count: (done: number, failed: number) => void,
): Promise<void> {
  for (let from = 0; from < jobs.length && !signal.aborted; from += groupSize) {
    const ids = jobs.slice(from, from + groupSize).map(({ id }) => id);
    const failed = await act(ids).then((answer) => answer.failed, () => ids.length);
    count(ids.length - failed, failed);
  }
}

function doTo(action: BulkAction, id: string): Promise<unknown> {
  const params = { id };
  if (action === 'cancel') return api().cancelJob({ params });
  if (action === 'retry') return api().retryJob({ params });
  return Promise.reject(new Error('only some kinds have jobs that can be deleted'));
}
