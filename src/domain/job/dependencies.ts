import { ok, refuse, type Result } from '../errors.ts';
import type { EndPhase } from '../lifecycle.ts';
import type { Job, JobEvent } from './job.ts';
import type { Decision, Effect } from './kind.ts';

/*
 * Jobs that wait for others, of whatever kinds. A job knows its dependents: the commit that makes or retries a
 * dependent also tells the job of it, by `addDependent`. The commit that ends the job puts one message for its
 * dependents into the outbox, and its delivery tells each of them, by `dependencyEnded`. So nobody waits for a job that
 * has ended, whatever is killed in between, and a message that is delivered twice changes nothing.
 */

/** Most jobs that one may depend on, and most that may wait for one. */
export const dependencyLimits = { dependencies: 100, dependents: 1_000 } as const;

/** Outbox topic of a job's end that others wait for; its payload is a `DependencyNews`. */
export const dependentsTopic = 'dependents';

export interface DependencyNews {
  /** Ids of those that waited for it. */
  readonly dependents: readonly string[];
  readonly phase: EndPhase;
}

/** Of a kind whose jobs others can wait for. One may leave it out where there are none. */
export interface DependentsField {
  /** Ids of the jobs that wait for this one; none once it has ended. */
  readonly dependents: readonly string[];
}

/** Of a kind whose jobs can wait for others. One may leave it out where there are none. */
export interface WaitsForField {
  /** Ids of the jobs that have to end before it begins. */
  readonly waitsFor: readonly string[];
}

/** What becomes of a job when one that it depends on fails or is canceled. */
export type OnDependencyFailure = 'cancel' | 'run';

export interface DependentAdded extends JobEvent {
  readonly type: 'DependentAdded';
  readonly jobId: string;
}

export interface DependencyEnded extends JobEvent {
  readonly type: 'DependencyEnded';
  readonly jobId: string;
  readonly outcome: EndPhase;
}

/** Decides on `addDependent`. One that has ended has told everybody: whoever comes later looks at its phase. */
export function addDependent(
  { id, endedAt, fields: { dependents = [] } }: Pick<Job<Partial<DependentsField>>, 'id' | 'endedAt' | 'fields'>,
  { jobId }: { readonly jobId: string },
): Result<Decision<DependentAdded>> {
  if (endedAt !== null || dependents.includes(jobId)) return ok({ events: [], effects: [] });
  const most = dependencyLimits.dependents;
  if (dependents.length >= most) {
    const message = `${most} jobs already depend on job ${id}, which is the limit.`;
    return refuse('invalid_request', message, { fields: { dependsOn: `at most ${most} may depend on one` } });
  }
  return ok({ events: [{ type: 'DependentAdded', jobId }], effects: [] });
}

/** Decides on `addDependent` for a kind whose jobs nothing can wait for. */
export function refuseDependent({ id, kind }: Pick<Job, 'id' | 'kind'>): Extract<Result<never>, { ok: false }> {
  const message = `Job ${id} cannot be depended on: jobs of the kind ${kind} support no dependents.`;
  return refuse(
    'invalid_request',
    message, { fields: { dependsOn: `jobs of the kind ${kind} cannot be depended on` } },
  );
}

/** For the decision that ends a job; `fields` are those before it. */
export function tellDependents(
  { fields: { dependents = [] } }: Pick<Job<Partial<DependentsField>>, 'fields'>,
  phase: EndPhase,
): readonly Effect[] {
  if (dependents.length === 0) return [];
  const payload: DependencyNews = { dependents, phase };
  return [{ type: 'post', topic: dependentsTopic, payload }];
}

/**
 * Decides on `dependencyEnded`, for a job that has not begun.
 *
 * @param begin what lets it begin: it waits for no other job any more
 * @param cancel what ends it, with a reason for people
 */
export function dependencyEnded<E extends JobEvent>(
  { fields: { waitsFor = [] } }: Pick<Job<Partial<WaitsForField>>, 'fields'>,
  { jobId, phase: outcome }: { readonly jobId: string; readonly phase: EndPhase },
  then: {
    readonly onFailure: OnDependencyFailure;
    readonly begin: () => readonly Effect[];
    readonly cancel: (reason: string) => Decision<E>;
  },
): Decision<E | DependencyEnded> {
  if (!waitsFor.includes(jobId)) return { events: [], effects: [] };
  const happened: DependencyEnded = { type: 'DependencyEnded', jobId, outcome };
  if (outcome !== 'succeeded' && then.onFailure === 'cancel') {
    const how = outcome === 'failed' ? 'failed' : 'was canceled';
    const { events, effects } = then.cancel(`job ${jobId}, which it depends on, ${how}`);
    return { events: [happened, ...events], effects };
  }
  return { events: [happened], effects: waitsFor.every((id) => id === jobId) ? then.begin() : [] };
}

export function withDependent<F extends Partial<DependentsField>>(fields: F, { jobId }: DependentAdded): F {
  return { ...fields, dependents: [...(fields.dependents ?? []), jobId] };
}

export function withoutDependency<F extends Partial<WaitsForField>>(fields: F, { jobId }: DependencyEnded): F {
  return { ...fields, waitsFor: (fields.waitsFor ?? []).filter((id) => id !== jobId) };
}

/** For a person: what a job waits for that has not begun; null when it is no other job. */
export function waitingForOthers(
  { waitsFor = [] }: Partial<WaitsForField>,
): { readonly code: 'dependencies'; readonly message: string } | null {
  if (waitsFor.length === 0) return null;
  const message = waitsFor.length === 1
    ? 'A job that it depends on has not ended.'
    : `${waitsFor.length} jobs that it depends on have not ended.`;
  return { code: 'dependencies', message };
}
