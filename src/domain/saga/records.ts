import type { SagaJob, StepRecord } from './types.ts';

/**
 * The steps as they are, with the attempt under way: its start is stored by the claim, which knows nothing of a kind's
 * fields, so that they say of it what they say once it has ended.
 */
export function recordsOf({ lease, attempt, updatedAt, fields: { steps, next } }: SagaJob): readonly StepRecord[] {
  if (lease === null) return steps;
  return steps.map((step) => {
    if (step.name !== next.step) return step;
    if (next.mode === 'compensating') return { ...step, state: 'compensating', undoAttempts: attempt };
    return { ...step, state: 'in_progress', attempts: attempt, startedAt: step.startedAt ?? updatedAt };
  });
}
