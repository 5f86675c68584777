import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { exits } from '../failure.ts';

/** A job of whatever kind, as the server answers it: what all jobs have, and what its kind says beside. */
export type JobView = RouteAnswer<CoreRoutes['getJob']>;

/** The exit status of a command that followed the job to its end. */
export function exitOf({ phase }: Pick<JobView, 'phase'>): number {
  return phase === 'failed' || phase === 'canceled' ? exits.failed : exits.ok;
}

/** What `exitOf` gives, for help. */
export const endExits = { 1: 'The job failed, timed out or was canceled.' } as const;

/** A job that does not say how many items it has is one. */
export function countsOf({ phase, progress: { done, failed, total } }: Pick<JobView, 'phase' | 'progress'>) {
  if (total !== null) return { done, failed, total };
  return { done: phase === 'succeeded' ? 1 : 0, failed: phase === 'failed' ? 1 : 0, total: 1 };
}
