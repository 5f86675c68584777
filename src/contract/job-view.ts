import { placeOf, timeOfId } from '../domain/job/id.ts';
import type { Job, Labels } from '../domain/job/job.ts';
import type { Phase } from '../domain/lifecycle.ts';
import { iso, isoOrNull } from './times.ts';

/** Items by what became of them; `total` is null while nobody has said how many there are. */
export interface ProgressView {
  readonly done: number;
  readonly failed: number;
  readonly total: number | null;
  /** 0 to 100. */
  readonly percent: number;
}

export interface SharedView<Kind extends string = string, Status extends string = string> {
  readonly id: string;
  readonly kind: Kind;
  readonly type: string | null;
  readonly ownerId: string;
  readonly status: Status;
  readonly phase: Phase;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly deadlineAt: string | null;
  readonly labels: Labels;
  readonly costMicroUsd: number;
  readonly parentId: string | null;
}

type Header = Pick<
  Job,
  'id' | 'kind' | 'type' | 'ownerId' | 'state' | 'phase' | 'createdAt' | 'updatedAt' | 'startedAt' | 'endedAt'
  | 'deadlineAt' | 'labels' | 'costMicroUsd' | 'parentId'
>;

/** `sharedFields` but for the progress, which its kind knows, as they are answered. */
export function sharedView<K extends string, S extends string>(job: Header): SharedView<K, S> {
  const { id, type, ownerId, state, phase, updatedAt, startedAt, endedAt, deadlineAt } = job;
  const { labels, costMicroUsd, parentId } = job;
  return {
    id,
    kind: job.kind as K,
    type: type === '' ? null : type,
    ownerId,
    status: state as S,
    phase,
    // Lists filter by this time.
    createdAt: iso(timeOfId(placeOf(job))),
    updatedAt: iso(updatedAt),
    startedAt: isoOrNull(startedAt),
    endedAt: isoOrNull(endedAt),
    deadlineAt: isoOrNull(deadlineAt),
    labels,
    costMicroUsd,
    parentId,
  };
}
