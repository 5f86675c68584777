import type { Job } from '../../../domain/job/job.ts';
import type { Effect } from '../../../domain/job/kind.ts';
import { inputOf } from './offer.ts';
import type { CommandFields } from './types.ts';

/** Outbox topic of files that earlier executions left behind; its payload is a `DiscardedArtifacts`. */
export const discardTopic = 'discard-artifacts';

export interface DiscardedArtifacts {
  readonly ownerId: string;
  /** Of executions whose lease's token is at most so great. */
  readonly throughToken: number;
}

/** What is run again makes its files anew: those of earlier executions go. */
export function discardArtifacts(job: Job<CommandFields>): readonly Effect[] {
  const { assignment, executions } = job.fields;
  if (inputOf(job).outputs.length === 0 || (assignment === null && executions.length === 0)) return [];
  const payload: DiscardedArtifacts = { ownerId: job.ownerId, throughToken: job.version };
  return [{ type: 'post', topic: discardTopic, payload }];
}
