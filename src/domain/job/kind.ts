import type { JobEnd } from '../account/decide.ts';
import type { Role } from '../account/roles.ts';
import type { Result } from '../errors.ts';
import type { EndPhase, Lifecycle } from '../lifecycle.ts';
import type { SagaDefinition } from '../saga/definition.ts';
import type { AwaitedOutcome } from '../saga/outcome.ts';
import type { ObjectPart, ObjectPolicy } from './ended-objects.ts';
import type { InputKeys } from './input-keys.ts';
import type { Item, Job, JobBirth, JobEvent, Labels } from './job.ts';
import type { Work } from './work.ts';

/**
 * What a decision says to the world beside the job. The write path applies it in the same
 * commit where the store holds both sides, and stores it in the outbox where it does not.
 * Every effect is idempotent by its job id.
 */
export type Effect =
  | AccountEffect
  /** One message to the workers behind this queue. */
  | { readonly type: 'send-message'; readonly queue: string }
  /** The job waits for a worker (again): workers that do its type may claim it as `work` says. */
  | { readonly type: 'offer-work'; readonly work: Work }
  /**
   * The job, whose work is ready, is given to a worker: its lease is the one that an event of the decision granted, for
   * so long unless the worker renews it. `timeoutMs`: how long the attempt may take; null: as long as it is renewed.
   */
  | { readonly type: 'lease-work'; readonly leaseMs: number; readonly timeoutMs: number | null }
  /** The worker that has the job is to stop; it hears so with its next heartbeat. */
  | { readonly type: 'request-cancel' }
  /** No worker is to do the job (any more). */
  | { readonly type: 'withdraw-work' }
  /** The job no longer holds the key: the next one may have it. */
  | { readonly type: 'release-key'; readonly scope: string; readonly key: string }
  /**
   * `by` more, or fewer, of what this counter counts (`ports/store/counters.ts`), which is never less than 0. By 0 it
   * is only another version of it, so that one of two commands that must not both pass is decided again.
   */
  | {
      readonly type: 'count'; readonly counter: string; readonly scope: string; readonly key: string;
      readonly by: number;
    }
  /** The job has ended: its objects are kept for as long as the policy says, then deleted. */
  | { readonly type: 'end-objects'; readonly part: ObjectPart; readonly policy: ObjectPolicy }
  /** A saga begins that serves the job. `sagaId`: a new id. `data`: for its steps, plain JSON. */
  | {
      readonly type: 'begin-saga'; readonly sagaId: string; readonly definition: SagaDefinition; readonly data: unknown;
    }
  /** The saga turns round and undoes what it has done; nothing, when it has ended or does so already. */
  | { readonly type: 'cancel-saga'; readonly sagaId: string }
  /** How a step that the saga awaits came out, now or when its turn comes; nothing, when it awaits it no more. */
  | {
      readonly type: 'settle-step'; readonly sagaId: string; readonly step: string; readonly outcome: AwaitedOutcome;
    }
  /** Something to be done once this is stored, by whoever delivers the topic. Plain JSON. */
  | { readonly type: 'post'; readonly topic: string; readonly payload: unknown };

/** The outbox topic of a job's end that its owner wants to hear of; its payload is `{ version }`, the job's then. */
export const webhookTopic = 'webhook';

/** What concerns the account that pays, and may be kept in another store. */
export type AccountEffect =
  /** The job needs fewer credits than were reserved: give the surplus back now. */
  | { readonly type: 'shrink-reservation'; readonly keep: number }
  /** The job ended: keep `delivered` credits, return the rest, free the slot. */
  | ({ readonly type: 'settle-reservation' } & JobEnd)
  /** The job ended: write its history, once. */
  | { readonly type: 'record-history' };

export interface Decision<E extends JobEvent> {
  /** Empty when the command was said before: nothing changes. */
  readonly events: readonly E[];
  readonly effects: readonly Effect[];
}

/** What an event changes beside the header, which `fold` keeps for every kind alike. */
export interface Evolution<Fields> {
  readonly fields: Fields;
  /** A new result, if the event brings one. */
  readonly item?: Item;
  /** Set by the event that says that work has begun. */
  readonly started?: boolean;
}

/**
 * What the server itself says to a job of whatever kind. A kind that does not care answers with no events; what a
 * person asks for (cancel, retry) and the kind does not have, it refuses.
 */
export type StandardCommand =
  /**
   * The job's time, or its queue's patience, is over. `onlyOverdue`: nothing happens before the deadline, which may
   * have moved since somebody saw it pass.
   */
  | { readonly type: 'expire'; readonly reason: string; readonly onlyOverdue: boolean }
  /** The lease has run out, or (`timedOut`) the attempt's time has. `random` in [0, 1), for the jitter. */
  | { readonly type: 'loseLease'; readonly token: number; readonly timedOut: boolean; readonly random: number }
  /** Nothing happens if it is not at `from` any longer, or the time was set back since it was `at`. */
  | { readonly type: 'correctDeadline'; readonly from: number; readonly to: number; readonly at: number }
  /** `reason`: in the words of whoever asks, at most 1,000 characters. */
  | { readonly type: 'cancel'; readonly reason?: string }
  /** `waitsFor`: of the jobs that it depends on, those that have not ended; none where its kind has no `dependsOn`. */
  | { readonly type: 'retry'; readonly waitsFor: readonly string[] }
  /** Another job, of whatever kind, is made to wait for this one. Said only where the kind has `dependents`. */
  | { readonly type: 'addDependent'; readonly jobId: string }
  /** A job that it waits for has ended. */
  | { readonly type: 'dependencyEnded'; readonly jobId: string; readonly phase: EndPhase };

/** Who may have to do with jobs of a kind. */
export interface KindAccess {
  /** Needed to see any of them. */
  readonly role: Role;
  /** Whose jobs a caller with that role sees; an admin sees everybody's. */
  readonly sees: 'own' | 'all';
}

/** A declared sort of job. Pure and synchronous; time and ids are arguments. */
export interface Kind<Fields, C extends { readonly type: string }, E extends JobEvent> {
  readonly name: string;
  readonly lifecycle: Lifecycle;
  readonly access: KindAccess;
  /** True: no list that people ask for shows its jobs. */
  readonly internal: boolean;
  /** Decides on a job that does not exist yet. */
  create(command: C & { readonly type: 'create' }, now: number): Result<Decision<E>>;
  decide(job: Job<Fields>, command: C | StandardCommand, now: number): Result<Decision<E>>;
  begin(event: Extract<E, JobBirth>): Fields;
  evolve(job: Job<Fields>, event: E, at: number): Evolution<Fields>;
  /** How many items the job stands for, for its history. */
  itemCount(fields: Fields): number;
  /** What the history of a job that ended says beside its header. */
  logged(job: Job<Fields>): Logged;
  /** What lists find a job by, from its first event: `{ sku: "A-17" }`, within `labelLimits`. Absent: nothing. */
  labels?(birth: Extract<E, JobBirth>): Labels;
  /** Ids of all jobs that the job depends on, ended or not. Absent: jobs of the kind wait for no others. */
  dependsOn?(job: Job<Fields>): readonly string[];
  /** Ids of the jobs that wait for the job and are told of its end. Absent: nothing can wait for jobs of the kind. */
  dependents?(job: Job<Fields>): readonly string[];
  /**
   * The correlation id of an event after which the job is `job`. The id of the request that caused it is in its payload
   * then, as `requestId`. Absent: the correlation id is that of the request.
   */
  correlation?(job: Job<Fields>, before: Job<Fields> | null): string;
  /** Where its owner wants to be told of its end; null: nowhere. */
  webhookUrl?(job: Job<Fields>): string | null;
}

/** A kind whose fields, commands and events the caller does not know. */
export type AnyKind = Kind<unknown, StandardCommand, JobEvent>;

export interface Logged {
  /** Credits that were reserved for it when it was made. */
  readonly costEstimate: number;
  /** Why it did not do what it should; null when it did, or was canceled on request. */
  readonly error: string | null;
  /** Absent: its items are made from no objects. */
  readonly inputKeys?: InputKeys;
}
