import type { Labels } from '../../domain/job/job.ts';
import type { FedEvent } from '../../ports/store/event-feed.ts';
import type { JobScope } from '../../ports/store/store.ts';

/** What a follower wants to hear of. Whatever is left out, is no condition. */
export interface Topics {
  readonly kinds?: readonly string[];
  /** Types of events, or of jobs. */
  readonly types?: readonly string[];
  readonly jobIds?: readonly string[];
  /** Of jobs that have all of these. */
  readonly labels?: Labels;
}

/** Whether an event is of a job within one of the scopes, and of all the topics. */
export function matcherOf(scopes: readonly JobScope[], topics: Topics): (fed: FedEvent) => boolean {
  const owners = new Map(scopes.map(({ kind, ownerId }) => [kind, ownerId]));
  const kinds = setOf(topics.kinds);
  const types = setOf(topics.types);
  const jobIds = setOf(topics.jobIds);
  const labels = Object.entries(topics.labels ?? {});
  return ({ event: { kind, jobId, body }, ownerId, jobType, labels: ofJob }) => {
    const owner = owners.get(kind);
    if (owner === undefined || (owner !== null && owner !== ownerId)) return false;
    if (kinds !== null && !kinds.has(kind)) return false;
    if (jobIds !== null && !jobIds.has(jobId)) return false;
    if (labels.some(([name, value]) => ofJob[name] !== value)) return false;
    return types === null || types.has(body.type) || types.has(jobType);
  };
}

function setOf(names: readonly string[] | undefined): ReadonlySet<string> | null {
  return names === undefined ? null : new Set(names);
}
