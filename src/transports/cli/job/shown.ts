import { ApiError, type ClientOf } from '../../../client/index.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { getImageSet, imageSetRoutes } from '../../../kinds/image-set/contract/image-set.ts';
import type { getTask, taskRoutes } from '../../../kinds/task/contract/tasks.ts';
import { exits } from '../failure.ts';
import { imageSetText, taskText } from './text.ts';

export type KindRoutes = typeof imageSetRoutes & typeof taskRoutes;
type Client = ClientOf<KindRoutes>;

/** A job as the commands about one job show it, whatever its kind. */
export interface ShownJob {
  readonly id: string;
  readonly status: string;
  /** A task that does not say how many items it has is one. */
  readonly progress: { readonly done: number; readonly failed: number; readonly total: number };
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** As the server answers it. */
  readonly view: RouteAnswer<typeof getImageSet> | RouteAnswer<typeof getTask>;
  readonly text: string;
}

/** Finds a job of whatever kind. */
export async function findJob(client: Client, id: string, signal: AbortSignal): Promise<ShownJob> {
  return ofWhicheverKind(
    async () => shownImageSet(await client.getImageSet({ params: { id } }, { signal })),
    async () => shownTask(await client.getTask({ params: { id } }, { signal })),
  );
}

/** Cancels a job of whatever kind; the status that it has now. */
export async function cancelJob(client: Client, id: string, signal: AbortSignal): Promise<{ readonly status: string }> {
  const params = { id };
  return ofWhicheverKind<{ readonly status: string }>(
    () => client.cancelImageSet({ params }, { signal }),
    () => client.cancelTask({ params }, { signal }),
  );
}

/** The exit status of a command that followed the job to its end. */
export function exitOf(status: string): number {
  if (status === 'canceled') return exits.canceled;
  return status === 'failed' ? exits.failed : exits.ok;
}

/** What `exitOf` gives, for help. */
export const endExits = { 1: 'The job failed.', 3: 'The job was canceled.' } as const;

/** An id says nothing of its kind: whoever is not found as the one is looked for as the other. */
async function ofWhicheverKind<T>(asImageSet: () => Promise<T>, asTask: () => Promise<T>): Promise<T> {
  try {
    return await asImageSet();
  } catch (unknown) {
    if (!isUnknown(unknown)) throw unknown;
    try {
      return await asTask();
    } catch (error) {
      throw isUnknown(error) ? unknown : error;
    }
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not_found';
}

function shownImageSet(view: RouteAnswer<typeof getImageSet>): ShownJob {
  const { jobId: id, status, progress, createdAt, endedAt } = view;
  return { id, status, progress, createdAt, endedAt, view, text: imageSetText(view) };
}

function shownTask(view: RouteAnswer<typeof getTask>): ShownJob {
  const { id, status, processedItems, totalItems, createdAt, completedAt } = view;
  const counted = { done: processedItems, failed: 0, total: totalItems ?? 0 };
  const progress = totalItems === null ? { done: status === 'completed' ? 1 : 0, failed: 0, total: 1 } : counted;
  return { id, status, progress, createdAt, endedAt: completedAt, view, text: taskText(view) };
}
