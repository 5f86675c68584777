import { imageQueue } from '../../kinds/image-set/domain/decide.ts';
import type { Bindings, Namespace } from './bindings.ts';
import type { AccountCalls, JobCalls, QueueCalls } from './calls.ts';
import type { CellCalls } from './cell/calls.ts';
import { isolateOf } from './isolate.ts';

/** The object of a user. */
export function accountOf(env: Bindings, userId: string): AccountCalls {
  return objectOf(env, env.USER_LIMITER, userId);
}

/** The object of a job. */
export function jobOf(env: Bindings, jobId: string): JobCalls {
  return objectOf(env, env.JOB_COORDINATOR, jobId);
}

/** The one that holds the messages for workers that pull. */
export function pullQueueOf(env: Bindings): QueueCalls {
  return objectOf(env, env.PULL_QUEUE, imageQueue);
}

/** The cell of that number. */
export function cellOf(env: Bindings, cell: number): CellCalls {
  return objectOf(env, env.CELL, String(cell));
}

function objectOf<Calls>(env: Bindings, namespace: Namespace<Calls>, name: string): Calls {
  const { jurisdiction, locationHint } = isolateOf(env).config.objectsIn;
  const within = jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction);
  return locationHint === null ? within.getByName(name) : within.getByName(name, { locationHint });
}
