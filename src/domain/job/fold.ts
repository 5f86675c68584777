import { InvariantViolation } from '../errors.ts';
import type { Item, Job, JobBirth, JobEvent, JobLease, RecordedEvent } from './job.ts';
import type { Kind } from './kind.ts';
import { boundedLabels } from './labels.ts';

type Folding<F, E extends JobEvent> = Pick<Kind<F, never, E>, 'name' | 'lifecycle' | 'begin' | 'evolve' | 'labels'>;

const noItems: ReadonlyMap<number, Item> = new Map();

/** What the state that an event enters requires (see `StateDefinition`) and the job does not have then. */
export function missingFields<F, E extends JobEvent>(
  { lifecycle, begin, evolve }: Folding<F, E>,
  job: Job<F> | null,
  { body, occurredAt }: RecordedEvent<E>,
): readonly string[] {
  const requires = body.state === undefined ? [] : (lifecycle.states[body.state]?.requires ?? []);
  if (requires.length === 0) return requires;
  const fields = job === null ? begin(body as Extract<E, JobBirth>) : evolve(job, body, occurredAt).fields;
  return requires.filter((name) => ((fields as Record<string, unknown>)[name] ?? null) === null);
}

/**
 * The next state of a job. Throws when the event is not the job's next one, comes after its end (and does not
 * reopen it), enters a state by a transition that its lifecycle does not declare or without what the state requires,
 * or brings a cost that is no amount: such an event must never be stored.
 */
export function fold<F, E extends JobEvent>(
  kind: Folding<F, E>,
  job: Job<F> | null,
  event: RecordedEvent<E>,
): Job<F> {
  const { body, occurredAt } = event;
  if (event.kind !== kind.name || (job !== null && event.jobId !== job.id)) {
    broken(event, `it is not an event of the ${kind.name} ${job?.id ?? event.jobId}`);
  }
  if (event.sequence !== (job?.version ?? 0) + 1) broken(event, `follows version ${job?.version ?? 0}`);
  const from = job?.state ?? null;
  const to = body.state;
  if (job !== null && kind.lifecycle.isTerminal(job.state) && (to === undefined || kind.lifecycle.isTerminal(to))) {
    broken(event, `the job has ended: it is ${job.state}`);
  }
  if (to !== undefined && !kind.lifecycle.allows(from, to)) broken(event, `no way from ${from} to ${to}`);
  const missing = missingFields(kind, job, event);
  if (missing.length > 0) broken(event, `enters ${to} without ${missing.join(', ')}`);
  const { costMicroUsd } = body;
  if (costMicroUsd !== undefined && !(Number.isSafeInteger(costMicroUsd) && costMicroUsd >= 0)) {
    broken(event, `a cost of ${costMicroUsd} micro-dollars`);
  }
  if (job === null) return born(kind, event);
  const state = body.state ?? job.state;
  const evolution = kind.evolve(job, body, occurredAt);
  const terminal = kind.lifecycle.isTerminal(state);
  return {
    ...job,
    state,
    phase: kind.lifecycle.phase(state),
    version: event.sequence,
    updatedAt: occurredAt,
    startedAt: job.startedAt ?? (evolution.started ? occurredAt : null),
    endedAt: terminal ? (job.endedAt ?? occurredAt) : null,
    deadlineAt: terminal ? null : body.deadlineAt === undefined ? job.deadlineAt : body.deadlineAt,
    attempt: body.attempt ?? job.attempt,
    costMicroUsd: costMicroUsd ?? job.costMicroUsd,
    lease: leaseAfter(job, event),
    fields: evolution.fields,
    items: evolution.item === undefined ? job.items : withItem(job.items, evolution.item),
  };
}

function broken({ jobId, sequence, body: { type } }: RecordedEvent, what: string): never {
  throw new InvariantViolation(`job ${jobId}, event ${sequence} ${type}: ${what}`);
}

function leaseAfter(job: Job, { body, sequence }: RecordedEvent): JobLease | null {
  if (body.workerId !== undefined) return { token: sequence, workerId: body.workerId };
  return body.state === undefined || body.keepsLease === true ? job.lease : null;
}

function born<F, E extends JobEvent>(kind: Folding<F, E>, event: RecordedEvent<E>): Job<F> {
  const body = event.body as Extract<E, JobBirth>;
  if (body.state !== kind.lifecycle.initial) {
    throw new InvariantViolation(`job ${event.jobId} begins with ${body.type} in ${String(body.state)}`);
  }
  return {
    id: event.jobId,
    kind: kind.name,
    type: body.jobType ?? '',
    ownerId: body.ownerId,
    state: body.state,
    phase: kind.lifecycle.phase(body.state),
    version: 1,
    createdAt: event.occurredAt,
    updatedAt: event.occurredAt,
    startedAt: null,
    endedAt: null,
    deadlineAt: body.deadlineAt ?? null,
    traceparent: body.traceparent,
    attempt: 0,
    costMicroUsd: body.costMicroUsd ?? 0,
    labels: boundedLabels(event.jobId, kind.labels?.(body)),
    parentId: body.parentId ?? null,
    lease: null,
    input: body.input ?? null,
    fields: kind.begin(body),
    items: noItems,
  };
}

function withItem(items: ReadonlyMap<number, Item>, item: Item): ReadonlyMap<number, Item> {
  if (items.has(item.idx)) throw new InvariantViolation(`item ${item.idx} has its result already`);
  return new Map(items).set(item.idx, item);
}

/** A job from all its events, oldest first; null when there are none. */
export function foldAll<F, E extends JobEvent>(
  kind: Folding<F, E>,
  events: Iterable<RecordedEvent<E>>,
): Job<F> | null {
  let job: Job<F> | null = null;
  for (const event of events) job = fold(kind, job, event);
  return job;
}
