import { InvariantViolation, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { JobSummary } from '../../ports/store/store.ts';
import type { Draft } from '../write-path/draft.ts';

/** A job as lists read it. */
export type ListedJob = Omit<JobSummary, 'version' | 'traceparent'>;

/** How jobs of a kind stand in lists. Pure. */
export interface KindRows {
  /** The row as plain JSON for a response; of `payloadFields`, only the named ones are included. */
  summary(job: ListedJob, fields: readonly string[]): unknown;
  /** Fields that a row omits unless they are requested, because each may be large. */
  readonly payloadFields: readonly string[];
}

/** What a retry of a kind's jobs needs in addition to the command, in the same commit. */
export interface KindRetries {
  /** Before a retry is decided, for a job that has ended: takes again what it held. */
  beforeRetry?(draft: Draft, job: Job): Result<null>;
  /** With the job as the retry has left it; answers the job as it is then. */
  afterRetry?(draft: Draft, job: Job): Result<Job>;
}

/** What the core needs to know from a kind about its jobs, apart from its rules. */
export interface JobKind extends KindRows, KindRetries {
  /** The job as shown on its own: plain JSON. */
  view(job: Job): Promise<unknown>;
  /** What there is to say of all its jobs beside how many there are. Absent: nothing. */
  figures?(): Promise<object>;
}

/** By the kind's name. */
export type JobKinds = ReadonlyMap<string, JobKind>;

/** Throws when the server has no such kind. */
export function jobKindOf<T>(jobKinds: ReadonlyMap<string, T>, name: string): T {
  const kind = jobKinds.get(name);
  if (kind === undefined) throw new InvariantViolation(`nothing shows jobs of the kind ${JSON.stringify(name)}`);
  return kind;
}
