import { InvariantViolation, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { SagaDefinition } from '../../domain/saga/definition.ts';
import type { SagaError } from '../../domain/saga/outcome.ts';
import type { SagaJob } from '../../domain/saga/types.ts';
import type { Draft } from '../write-path/draft.ts';
import { performs, type AwaitedActions, type StepActions } from './step.ts';

/** A definition with what its steps do. Begun and canceled by effects of the job that it serves. */
export interface Saga<N extends string = string> {
  readonly definition: SagaDefinition<N>;
  /** Steps of such sagas that one server does at once, apart from all others. Absent: they share its usual number. */
  readonly stepsAtOnce?: number;
  /** Of those that are done apart: how long a step lasts without a word of its runner. 30,000 unless said. */
  readonly leaseMs?: number;
  /** Of a step that is awaited only `undo`. */
  readonly actions: Readonly<Record<N, StepActions | AwaitedActions>>;
  /**
   * Like `StepActions.tell`, for the saga's end, unless it was canceled. If the job refuses, the saga has ended all the
   * same.
   */
  ended?(draft: Draft, job: Job, end: SagaEnd): Result<unknown>;
}

export interface SagaEnd {
  readonly sagaId: string;
  /** `compensated`: what was done is undone. `failed`: nothing was to be undone, or not all could be. */
  readonly state: 'succeeded' | 'compensated' | 'failed';
  /** Null when it succeeded. */
  readonly failure: (SagaError & { readonly step: string }) | null;
  /** By the name of the step: of those that were completed. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** By type. Throws when two have one, or a step that is compensated has no `undo`. */
export function sagasByType(sagas: readonly Saga[]): ReadonlyMap<string, Saga> {
  const byType = new Map<string, Saga>();
  for (const saga of sagas) {
    const { type, steps } = saga.definition;
    if (byType.has(type)) throw new InvariantViolation(`two sagas are of the type ${type}`);
    for (const { name, compensated, awaited = false } of steps) {
      const actions = saga.actions[name];
      if (awaited === (actions !== undefined && performs(actions))) {
        throw new InvariantViolation(`saga ${type}: ${awaited ? 'somebody' : 'nobody'} does step ${name}`);
      }
      if (compensated && !actions?.undo) throw new InvariantViolation(`saga ${type}: nobody undoes step ${name}`);
    }
    byType.set(type, saga);
  }
  return byType;
}

export function outputsOf({ fields: { steps } }: SagaJob): Readonly<Record<string, unknown>> {
  return Object.fromEntries(steps.flatMap(({ name, output }) => (output === null ? [] : [[name, output]])));
}
