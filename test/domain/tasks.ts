import type { Result } from '../../src/domain/errors.ts';
import { fold, foldAll } from '../../src/domain/job/fold.ts';
import type { Job, RecordedEvent } from '../../src/domain/job/job.ts';
import type { Decision } from '../../src/domain/job/kind.ts';
import type { EndPhase } from '../../src/domain/lifecycle.ts';
import { task } from '../../src/kinds/task/domain/kind.ts';
import { taskLifecycle } from '../../src/kinds/task/domain/lifecycle.ts';
import type { TaskCommand, TaskEvent, TaskFields, TaskInput } from '../../src/kinds/task/domain/types.ts';

export type Task = Job<TaskFields>;

export const startedAt = Date.UTC(2026, 10, 22);

export const input: TaskInput = {
  data: { file: 'voters.csv' },
  priority: 0,
  maxAttempts: 2,
  backoff: { firstMs: 1_000, maxMs: 60_000 },
  timeoutMs: null,
  dedupeKey: null,
  concurrencyKey: null,
  dependsOn: [],
  onDependencyFailure: 'cancel',
  webhookUrl: null,
  scheduleId: null,
};

export type Create = TaskCommand & { readonly type: 'create' };

export function create(
  given: Partial<TaskInput> = {},
  { runAt = startedAt, waitsFor = [] }: { readonly runAt?: number; readonly waitsFor?: readonly string[] } = {},
): Create {
  return {
    type: 'create', ownerId: 'ada', traceparent: null, jobType: 'import', input: { ...input, ...given }, runAt,
    totalItems: null, waitsFor,
  };
}

/** A command, or what a worker says of the task that it has; `claim` is what the store does by itself. */
export type Step = TaskCommand | 'claim' | ((token: number) => TaskCommand);

/** What workers say, by the token of their lease. `random` is 0: no jitter. */
export const says = {
  progress: (processed: number, total: number | null = null) => (token: number): TaskCommand => ({
    type: 'progress', token, processed, total,
  }),
  error: (message: string, item: string | null = null) => (token: number): TaskCommand => ({
    type: 'error', token, item, message,
  }),
  cost: (microUsd: number) => (token: number): TaskCommand => ({ type: 'cost', token, microUsd }),
  step: (name: string, result: unknown = null) => (token: number): TaskCommand => ({
    type: 'step', token, name, result, tookMs: null,
  }),
  child: (childId: string) => (token: number): TaskCommand => ({ type: 'startChild', token, childId }),
  suspend: (waitsFor: readonly string[], sleepMs = 0) => (token: number): TaskCommand => ({
    type: 'suspend', token, sleepMs, waitsFor,
  }),
  complete: (result: unknown = 'done') => (token: number): TaskCommand => ({ type: 'complete', token, result }),
  fail: (retry = true, retryAfterMs: number | null = null, random = 0) => (token: number): TaskCommand => ({
    type: 'fail', token, message: 'no such file', retry, retryAfterMs, random,
  }),
  release: () => (token: number): TaskCommand => ({ type: 'release', token }),
  /** What is said of a worker, not by it. */
  silent: (timedOut = false, random = 0) => (token: number): TaskCommand => ({
    type: 'loseLease', token, timedOut, random,
  }),
};

export const cancel: TaskCommand = { type: 'cancel' };
export const retry = (...waitsFor: string[]): TaskCommand => ({ type: 'retry', waitsFor });
export const addDependent = (jobId: string): TaskCommand => ({ type: 'addDependent', jobId });
export const dependencyEnded = (jobId: string, phase: EndPhase): TaskCommand => ({
  type: 'dependencyEnded', jobId, phase,
});

/** The token of the live lease; else of the last one, or of none that there ever was. */
export function tokenOf(job: Task): number {
  return job.lease?.token ?? job.fields.lastToken ?? 999;
}

/** What the store writes as it hands the task out. */
export function claimed(job: Task, workerId = 'worker'): TaskEvent {
  const claim = taskLifecycle.claims.find(({ from }) => from === job.state);
  if (claim === undefined) throw new Error(`nobody can claim what is ${job.state}`);
  return { type: claim.event, state: claim.to, attempt: job.attempt + 1, workerId } as TaskEvent;
}

export function record(job: Task | null, events: readonly TaskEvent[], at: number): RecordedEvent<TaskEvent>[] {
  return events.map((body, index) => ({
    jobId: 'job',
    kind: 'task',
    sequence: (job?.version ?? 0) + index + 1,
    occurredAt: at,
    actor: 'ada',
    correlationId: 'test',
    body,
  }));
}

export function decide(job: Task | null, step: Step, now: number): Result<Decision<TaskEvent>> {
  if (job === null) {
    if (typeof step === 'object' && step.type === 'create') return task.create(step, now);
    throw new Error('only create makes a task');
  }
  if (step === 'claim') return { ok: true, value: { events: [claimed(job)], effects: [] } };
  return task.decide(job, typeof step === 'function' ? step(tokenOf(job)) : step, now);
}

/** All events of a task that these steps were taken with, one millisecond after another. Throws at a refusal. */
export function eventsOf(steps: readonly Step[]): RecordedEvent<TaskEvent>[] {
  const events: RecordedEvent<TaskEvent>[] = [];
  let job: Task | null = null;
  steps.forEach((step, index) => {
    const decision = decide(job, step, startedAt + index);
    if (!decision.ok) throw new Error(`step ${index} is refused: ${decision.refusal.message}`);
    for (const event of record(job, decision.value.events, startedAt + index)) {
      events.push(event);
      job = fold(task, job, event);
    }
  });
  return events;
}

export function taskAfter(...steps: Step[]): Task {
  const job = foldAll(task, eventsOf(steps));
  if (job === null) throw new Error('nothing was created');
  return job;
}
