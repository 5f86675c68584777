/** What a job has in object storage: what was uploaded for it, and what came of it. */
export type ObjectPart = 'inputs' | 'results';

/** How long objects are kept after their job's end: results that were paid for, inputs of what succeeded, the rest. */
export const objectPolicies = ['results', 'inputs', 'discarded'] as const;
export type ObjectPolicy = (typeof objectPolicies)[number];

/** Objects of a job that has ended. */
export interface EndedObjects {
  readonly jobId: string;
  readonly kind: string;
  readonly part: ObjectPart;
  readonly ownerId: string;
  readonly policy: ObjectPolicy;
  readonly endedAt: number;
}
