import * as z from 'zod';
import type { SagaJob } from '../domain/saga/types.ts';
import { count, namesOf, time } from './fields.ts';
import type { DeepReadonly } from './route.ts';
import { iso, isoOrNull } from './times.ts';

type StepState = SagaJob['fields']['steps'][number]['state'];

const problem = z.object({ code: z.string(), message: z.string() });
const tries = count(Number.MAX_SAFE_INTEGER);

/** What the server does for a job in steps, each of which may be tried several times and undone. */
export const jobSaga = z
  .object({
    id: z.uuid(),
    type: z.string(),
    status: z
      .string()
      .describe('`waiting`, `awaiting`, `running`, `succeeded`, `failed`, `compensated` or `canceled`.'),
    startedAt: time.describe('When it was begun.'),
    endedAt: time.nullable(),
    steps: z
      .array(
        z.object({
          name: z.string(),
          state: z.enum(
            namesOf<StepState>({
              pending: true, in_progress: true, completed: true, failed: true, compensating: true, compensated: true,
            }),
          ),
          attempts: tries.describe('How many attempts at it have begun.'),
          undoAttempts: tries.describe('How many attempts to undo it have begun.'),
          startedAt: time.nullable().describe('When the first attempt began.'),
          endedAt: time.nullable().describe('When it was completed, failed or was undone for good.'),
          error: problem.nullable().describe('Of its newest failed attempt; null when it was completed or undone.'),
        }),
      )
      .describe('In the order in which they are done.'),
    failure: problem.extend({ step: z.string() }).nullable().describe('Why it does not go on; null while it does.'),
  })
  .meta({ id: 'JobSaga' });

export type JobSagaView = DeepReadonly<z.output<typeof jobSaga>>;

export function jobSagaView({ id, type, state, createdAt, endedAt, fields: { steps, failure } }: SagaJob): JobSagaView {
  return {
    id,
    type,
    status: state,
    startedAt: iso(createdAt),
    endedAt: isoOrNull(endedAt),
    steps: steps.map(({ name, state: reached, attempts, undoAttempts, startedAt, completedAt, error }) => ({
      name, state: reached, attempts, undoAttempts, startedAt: isoOrNull(startedAt), endedAt: isoOrNull(completedAt),
      error: error && { code: error.code, message: error.message },
    })),
    failure: failure && { step: failure.step, code: failure.code, message: failure.message },
  };
}
