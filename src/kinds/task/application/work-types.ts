import { ok, refuse } from '../../../domain/errors.ts';
import { requireRole } from '../../../application/caller.ts';
import type { WorkTypes } from './application.ts';
import type { TaskDependencies } from './dependencies.ts';
import { maxTypes } from './type-limits.ts';

export function createWorkTypes(deps: TaskDependencies): WorkTypes {
  const { types } = deps;
  return {
    list: async () => ok(await types.all()),
    get: async (_context, name) => ok(await types.of(name)),
    put: (context, name, change) => changeType(deps, context, name, change),
    pause: (context, name) => changeType(deps, context, name, { limits: { paused: true } }),
    resume: (context, name) => changeType(deps, context, name, { limits: { paused: false } }),
  };
}

async function changeType(
  { store, types, clock, signals }: TaskDependencies,
  { caller }: Parameters<WorkTypes['put']>[0],
  name: string,
  { limits = {}, defaults = {} }: Parameters<WorkTypes['put']>[2],
): ReturnType<WorkTypes['put']> {
  const refused = requireRole(caller, 'operator');
  if (refused !== null) return refused;
  types.forget();
  const before = await types.of(name);
  if (before.updatedAt === null && (await types.all()).length >= maxTypes) {
    return refuse('conflict', `There are settings of ${maxTypes} types, which is the limit.`);
  }
  const now = clock.now();
  const after = { name, limits: { ...before.limits, ...limits }, defaults: { ...before.defaults, ...defaults } };
  await store.work.putType({ ...after, updatedAt: now }, now);
  types.forget();
  signals.admission.notify();
  store.wakeUps?.notify('admission');
  return ok({ ...after, updatedAt: now });
}
