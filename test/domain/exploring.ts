import type { Result } from '../../src/domain/errors.ts';
import { fold } from '../../src/domain/job/fold.ts';
import type { Job, JobEvent, RecordedEvent } from '../../src/domain/job/job.ts';
import type { Decision, Effect, Kind } from '../../src/domain/job/kind.ts';

/** A job as some course of commands has left it. */
export interface Place<F, E extends JobEvent> {
  readonly job: Job<F>;
  readonly events: readonly RecordedEvent<E>[];
  /** Of the last command. */
  readonly effects: readonly Effect[];
}

/** A command, or one that names the fencing token of the lease that the job has, or else of the job. */
export type Step<C> = C | ((token: number, job: Job) => C);

export interface Exploration<F, E extends JobEvent> {
  readonly places: readonly Place<F, E>[];
  /** `from command to`, of all that happened. */
  readonly taken: readonly string[];
}

/** Everything that any order of the steps leads to; places that `sort` gives one name are taken for the same. */
export function explore<F, C extends { readonly type: string }, E extends JobEvent>(
  kind: Kind<F, C, E>,
  births: readonly (C & { readonly type: 'create' })[],
  steps: readonly Step<C>[],
  { now, sort }: { readonly now: number; readonly sort: (job: Job<F>) => unknown },
): Exploration<F, E> {
  const found = new Map<string, Place<F, E>>();
  const taken = new Set<string>();
  const visit = (place: Place<F, E>): void => {
    const name = JSON.stringify(sort(place.job));
    if (!found.has(name)) found.set(name, place);
  };
  for (const birth of births) visit(decided(kind, null, kind.create(birth, now), now)!);
  for (const place of found.values()) {
    for (const step of steps) {
      const command = typeof step === 'function' ? step(place.job.lease?.token ?? 999, place.job) : step;
      const after = decided(kind, place, kind.decide(place.job, command, now), now);
      if (after === null) continue;
      const entered = after.events.slice(place.events.length).findLast(({ body }) => body.state !== undefined);
      if (entered !== undefined) taken.add(`${place.job.state} ${command.type} ${entered.body.state}`);
      visit(after);
    }
  }
  return { places: [...found.values()], taken: [...taken].sort() };
}

/** Null when the command is refused, or changes nothing. */
export function decided<F, C extends { readonly type: string }, E extends JobEvent>(
  kind: Kind<F, C, E>,
  place: Place<F, E> | null,
  decision: Result<Decision<E>>,
  now: number,
): Place<F, E> | null {
  if (!decision.ok || decision.value.events.length === 0) return null;
  let job = place?.job ?? null;
  const events = [...(place?.events ?? [])];
  for (const body of decision.value.events) {
    const event: RecordedEvent<E> = {
      jobId: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', kind: kind.name, sequence: events.length + 1, occurredAt: now,
      actor: 'system', correlationId: 'request', body,
    };
    job = fold(kind, job, event);
    events.push(event);
  }
  return job === null ? null : { job, events, effects: decision.value.effects };
}
