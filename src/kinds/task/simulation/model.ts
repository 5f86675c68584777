import type { RecordedEvent } from '../../../domain/job/job.ts';
import { childrenTopic } from '../../../domain/job/children.ts';
import { dedupeRecord } from '../domain/decide.ts';
import { errorLogLength, task } from '../domain/kind.ts';
import { taskLifecycle } from '../domain/lifecycle.ts';
import { inputOf, type TaskEvent, type TaskJob } from '../domain/types.ts';
import { messagesToDependents } from '../../../testing/simulator/dependents.ts';
import { shown, type Invariant } from '../../../testing/simulator/invariant.ts';
import type { JobView, KindModel, Leased } from '../../../testing/simulator/kind-model.ts';
import { weighted } from '../../../testing/simulator/weighted.ts';
import {
  cancelingTask, deletingTask, limiting, lookingAtTask, retryingTask, submitting, type KeyUses,
} from './clients.ts';
import { extending, lastShift, reportingTask, startingChild, taking, type Crew } from './workers.ts';

/** Tasks, as people and workers use and misuse them. */
export function createTaskModel(): KindModel {
  const uses: KeyUses = new Map();
  const crew: Crew = { held: [], children: new Map() };
  return {
    kind: task as never,
    act: weighted([
      [8, submitting(uses)],
      [9, taking(crew)],
      [12, reportingTask(crew)],
      [3, startingChild(crew)],
      [4, extending(crew)],
      [2, cancelingTask],
      [2, retryingTask],
      [1, deletingTask],
      [1, lookingAtTask],
      [1, limiting],
    ]),
    paid: null,
    leased,
    messages: (events) => [...messagesToDependents(taskLifecycle, events), ...messagesToChildren(events)],
    clearUp: lastShift,
    invariants,
  };
}

/** One for each time that it was canceled and had started others. */
function messagesToChildren(events: readonly RecordedEvent[]): readonly string[] {
  let hasChildren = false;
  return events.flatMap(({ body: { type, state } }) => {
    hasChildren ||= type === 'ChildStarted';
    return hasChildren && state === 'canceled' ? [childrenTopic] : [];
  });
}

/** How often it ended. */
function endings(events: readonly RecordedEvent[]): number {
  return events.filter(({ body: { state } }) => state !== undefined && taskLifecycle.isTerminal(state as never)).length;
}

/** By which token things were said of it, and which was the live one. See what workers say. */
function heard(events: readonly RecordedEvent[]): { readonly said: unknown; readonly live: number | null }[] {
  let live: number | null = null;
  return events.flatMap(({ body, sequence, actor }) => {
    const event = body as TaskEvent;
    const before = live;
    if (event.type === 'TaskStarted') live = sequence;
    else if (event.state !== undefined) live = null;
    const said: unknown[] = [];
    if ('token' in event) said.push(event.token);
    if (event.type === 'ProgressReported') said.push(event.processed);
    if (event.type === 'CostReported') said.push(event.microUsd);
    if (event.type === 'StepCompleted') said.push(event.step.result);
    if ('error' in event && actor.startsWith('worker-')) said.push(Number(event.error.message.replace('token ', '')));
    if (event.type === 'TaskCompleted' && event.result !== null) said.push(event.result);
    return said.map((one) => ({ said: one, live: before }));
  });
}

function attemptsOf(events: readonly RecordedEvent[]): number {
  return events.reduce((count, { body }) => {
    if (body.type === 'TaskRetried') return 0;
    if (body.type === 'TaskStarted') return count + 1;
    return body.type === 'TaskReleased' || body.type === 'TaskSuspended' ? count - 1 : count;
  }, 0);
}

/** Of the newest event alone: those before were looked at when they were. */
function tooEarly({ events, eventsBefore, job, eventsOf, phaseOf }: JobView): string | null {
  const { dependsOn, onDependencyFailure } = inputOf(job);
  if (!events.slice(eventsBefore.length).some(({ body }) => body.type === 'TaskStarted')) return null;
  const wasRetried = events.some(({ body }) => body.type === 'TaskRetried');
  const early = dependsOn.filter((id) => {
    const phases = eventsOf(id).flatMap((event) => phaseOf(event) ?? []);
    const hasEnded = phases.some((phase) => phase !== 'waiting' && phase !== 'active');
    return !hasEnded || (!wasRetried && onDependencyFailure === 'cancel' && !phases.includes('succeeded'));
  });
  return early.length === 0 ? null : `${job.id} waits for ${shown(early)}`;
}

const leased: Leased = {
  offer: (job) => {
    const { priority, concurrencyKey, timeoutMs } = inputOf(job);
    const { runAt: notBefore, waitsFor = [], cancelRequested = false } = (job as unknown as TaskJob).fields;
    return { blocked: waitsFor.length > 0, priority, concurrencyKey, timeoutMs, notBefore, cancelRequested };
  },
  keyOf: (job) => {
    const { dedupeKey } = inputOf(job);
    return dedupeKey === null ? null : dedupeRecord(job.ownerId, job.type, dedupeKey);
  },
};

type StepCompleted = Extract<TaskEvent, { readonly type: 'StepCompleted' }>;

const invariants: readonly Invariant<JobView>[] = [
  {
    guarantee: 'G5',
    name: 'only the worker that has a task is heard',
    check: ({ events }) => {
      const foreign = heard(events).filter(({ said, live }) => said !== live);
      return foreign.length === 0 ? null : shown(foreign);
    },
  },
  {
    guarantee: 'G1',
    name: 'a task ends once for each time that it is opened',
    check: ({ events, job }) => {
      const opened = events.filter(({ body }) => /^Task(Created|Retried)$/.test(body.type)).length;
      const ended = endings(events);
      return ended === opened - (job.endedAt === null ? 1 : 0) ? null : `opened ${opened} times, ended ${ended}`;
    },
  },
  {
    guarantee: 'G2',
    name: 'a step of a task is recorded once, and kept',
    check: ({ events, job }) => {
      const completed = events.filter(({ body }) => body.type === 'StepCompleted');
      const recorded = completed.map(({ body }) => (body as StepCompleted).step);
      const names = new Set(recorded.map(({ name }) => name));
      const { steps = [] } = (job as unknown as TaskJob).fields;
      return names.size === recorded.length && shown(steps) === shown(recorded) ? null : shown({ steps, recorded });
    },
  },
  {
    guarantee: 'G1',
    name: 'a task is begun as often as it may be, and counts it',
    check: ({ job, events }) => {
      const begun = attemptsOf(events);
      const { maxAttempts } = inputOf(job);
      return begun === job.attempt && begun <= maxAttempts ? null : `${begun} ${shown(job)}`;
    },
  },
  {
    guarantee: 'G1',
    name: 'a task is not begun before what it waits for has ended',
    check: (view) => tooEarly(view),
  },
  {
    guarantee: 'G2',
    name: 'a task keeps the newest errors, and all costs',
    check: ({ job, events }) => {
      const { costMicroUsd, fields: { errorLog = [] } } = job as unknown as TaskJob;
      const bodies = events.map(({ body }) => body as TaskEvent);
      const errors = bodies.flatMap((body) => ('error' in body ? [body.error] : []));
      const costs = bodies.reduce((sum, body) => sum + (body.type === 'CostReported' ? body.microUsd : 0), 0);
      const isKept = shown(errorLog) === shown(errors.slice(-errorLogLength));
      return isKept && costs === costMicroUsd ? null : shown(job);
    },
  },
];
