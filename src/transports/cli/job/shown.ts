import type { ClientOf } from '../../../client/index.ts';
import type { JobRoutes } from '../../../contract/jobs.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { ImageSetView } from '../../../kinds/image-set/contract/image-set-job.ts';
import type { TaskJobView } from '../../../kinds/task/contract/task-view.ts';
import { exits } from '../failure.ts';
import { imageSetText, taskText } from './text.ts';

type Client = ClientOf<JobRoutes>;

/** A job as the commands about one job show it, whatever its kind. */
export interface ShownJob {
  readonly id: string;
  readonly status: string;
  /** A task that does not say how many items it has is one. */
  readonly progress: { readonly done: number; readonly failed: number; readonly total: number };
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** As the server answers it. */
  readonly view: RouteAnswer<JobRoutes['getJob']>;
  readonly text: string;
}

/** Finds a job of whatever kind. */
export async function findJob(client: Client, id: string, signal: AbortSignal): Promise<ShownJob> {
  const view = await client.getJob({ params: { id } }, { signal });
  const { status, progress: { done, failed, total }, createdAt, endedAt } = view;
  const known = view as unknown as ImageSetView | TaskJobView;
  const text = known.kind === 'task' ? taskText(known) : imageSetText(known);
  // A task that does not say how many items it has is one.
  const counted = total === null ? { done: endedAt === null ? 0 : 1, failed: 0, total: 1 } : { done, failed, total };
  return { id: view.id, status, progress: counted, createdAt, endedAt, view, text };
}

/** Cancels a job of whatever kind; the status that it has now. */
export function cancelJob(client: Client, id: string, signal: AbortSignal): Promise<{ readonly status: string }> {
  return client.cancelJob({ params: { id } }, { signal });
}

/** The exit status of a command that followed the job to its end. */
export function exitOf(status: string): number {
  if (status === 'canceled') return exits.canceled;
  return status === 'failed' ? exits.failed : exits.ok;
}

/** What `exitOf` gives, for help. */
export const endExits = { 1: 'The job failed.', 3: 'The job was canceled.' } as const;
