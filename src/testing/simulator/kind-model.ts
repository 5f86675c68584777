import type { Store } from '../../ports/store/store.ts';
import type { Reservation } from '../../domain/account/account.ts';
import type { JobHistory } from '../../domain/job/history.ts';
import type { Job, JobEvent, RecordedEvent } from '../../domain/job/job.ts';
import type { Kind } from '../../domain/job/kind.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { Work } from '../../domain/job/work.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Ask, Scene } from './ask.ts';
import type { Invariant } from './invariant.ts';

/** Thinks of something to ask now; null when there is nothing of the sort. */
export type Act = (scene: Scene, random: SeededRandom) => Ask | null;

/**
 * What the simulation knows of one kind of job: what clients and workers may ask, sensible and not,
 * and what has to be true of its jobs beside what is true of every job. Made anew for each scenario.
 */
export interface KindModel {
  readonly kind: Pick<Kind<never, never, JobEvent>, 'name' | 'lifecycle' | 'begin' | 'evolve' | 'itemCount'>;
  readonly act: Act;
  /** What its jobs mean for accounts; null where nothing is paid and no history kept. */
  readonly paid: Paid | null;
  /** How many of the account's rule slots are taken by what the kind keeps there; absent: none. */
  readonly ruleSlots?: (store: Store, accountId: string) => Promise<number>;
  /** Null where no worker claims its jobs. */
  readonly leased: Leased | null;
  /** The topics of what a job has had to say, once for each time. Said to a queue, it is there for good. */
  messages(events: readonly RecordedEvent[]): readonly string[];
  readonly invariants: readonly Invariant<JobView>[];
  /** Takes what is left over when everything has ended: messages that nobody needs any more. */
  readonly clearUp: Ask;
}

export interface Paid {
  /** Credits that a job has to hold as long as it has not ended. */
  holds(job: Job): number;
  /** Items that were delivered, and so are paid. */
  delivered(job: Job): number;
}

export interface Leased {
  /** What is offered of a job that has not ended. */
  offer(job: Job): Offer;
  /** What no other job may have before this one has ended; null: it has no such key. */
  keyOf(job: Job): { readonly scope: string; readonly key: string } | null;
}

export interface Offer extends Omit<Work, 'dueAt' | 'pauseMs'> {
  /** Milliseconds since 1970: it is due then at the earliest. */
  readonly notBefore: number;
  readonly cancelRequested: boolean;
}

/** A job as the store has it after a commit that changed it, and as it had it before. */
export interface JobView {
  readonly model: KindModel;
  readonly job: Job;
  readonly before: Job | null;
  readonly events: readonly RecordedEvent[];
  readonly eventsBefore: readonly RecordedEvent[];
  readonly reservation: Reservation | null;
  readonly history: JobHistory | null;
  /** Of any job, removed ones too. */
  eventsOf(jobId: string): readonly RecordedEvent[];
  /** Of the state that the event entered, whatever kind its job is of; null when it left the state as it was. */
  phaseOf(event: RecordedEvent): Phase | null;
}
