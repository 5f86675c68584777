import type { Result } from '../../domain/errors.ts';
import type { Cron } from '../../ports/cron.ts';
import type { Store } from '../../ports/store/store.ts';
import type { UserStore } from '../../ports/store/user-store.ts';
import type { WebhookTransport } from '../../ports/webhook-transport.ts';
import type { Clock, Ids } from '../../ports/world.ts';
import type { RequestContext } from '../request.ts';
import type { WritePath } from '../write-path/write-path.ts';
import type { ScheduledJob } from './content.ts';

/** What the use cases of schedules are given. */
export interface ScheduleDependencies {
  readonly store: Pick<Store, 'schedules' | 'records'> & { readonly users: Pick<UserStore, 'find'> };
  readonly writePath: WritePath;
  readonly submitters: Submitters;
  readonly cron: Cron;
  readonly webhookUrlProblem: WebhookTransport['urlProblem'];
  readonly clock: Clock;
  readonly ids: Ids;
  /** A schedule was made or changed: the ticker has to look when it is due. */
  readonly onChanged: () => void;
}

/** What submits scheduled jobs, by the name of their kind. Jobs of other kinds cannot be scheduled. */
export type Submitters = ReadonlyMap<string, SubmitScheduled>;

/** Submits a job of a schedule. The same `idempotencyKey` again answers the first one. */
export type SubmitScheduled = (
  context: RequestContext,
  job: ScheduledJob,
  of: ScheduledOf,
) => Promise<Result<SubmittedJob>>;

export interface ScheduledOf {
  readonly scheduleId: string;
  /** Of the schedule. */
  readonly name: string;
  readonly runAt?: number;
  readonly idempotencyKey?: string;
}

export interface SubmittedJob {
  readonly jobId: string;
  /** False: an earlier request with the same key made it. */
  readonly isNew: boolean;
}
