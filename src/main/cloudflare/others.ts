import type { Bindings, Namespace } from './bindings.ts';
import type { AccountCalls, JobCalls } from './calls.ts';
import { isolateOf } from './isolate.ts';

/** The object of a user. */
export function accountOf(env: Bindings, userId: string): AccountCalls {
  return objectOf(env, env.USER_LIMITER, userId);
}

/** The object of a job. */
export function jobOf(env: Bindings, jobId: string): JobCalls {
  return objectOf(env, env.JOB_COORDINATOR, jobId);
}

function objectOf<Calls>(env: Bindings, namespace: Namespace<Calls>, name: string): Calls {
  const { jurisdiction, locationHint } = isolateOf(env).config.objectsIn;
  const within = jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction);
  return locationHint === null ? within.getByName(name) : within.getByName(name, { locationHint });
}
