import type { Job } from './job.ts';
import type { Effect } from './kind.ts';

/*
 * Jobs that a job's own work has started: they have it as their parent, and are kept as long as it is. Whoever cancels
 * a job wants its children to stop as well: the commit that ends it puts one message into the outbox, and its delivery
 * cancels those that have not ended. A child that is started at the same time is refused, since the job has no lease
 * any more.
 */

/** Outbox topic of a canceled job that has started others. */
export const childrenTopic = 'children';

/** Of a kind whose jobs start others. */
export interface ChildrenField {
  /** How many it has started; absent: none. */
  readonly children?: number;
}

/** For the decision that cancels a job. */
export function cancelChildren({ fields: { children = 0 } }: Pick<Job<ChildrenField>, 'fields'>): readonly Effect[] {
  return children === 0 ? [] : [{ type: 'post', topic: childrenTopic, payload: null }];
}
