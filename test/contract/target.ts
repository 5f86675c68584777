import type { Target } from './target-types.ts';

/** Which runtime this is. */
export const runtime = process.env['WAYBILL_TARGET'] ?? 'node';

export type { Target } from './target-types.ts';

/** `WAYBILL_TARGET` says which runtime the suite is run against: vitest.config.ts has a project for each. */
export async function openTarget(): Promise<Target> {
  if (runtime === 'node') return (await import('./node-target.ts')).startNodeTarget();
  if (runtime === 'postgres') return (await import('./postgres-target.ts')).openPostgresTarget();
  if (runtime === 'worker') return (await import('./worker-target.ts')).openWorkerTarget();
  throw new Error(`there is no target ${runtime}`);
}

/** A server that nobody has set up yet, and that no other file of tests has. */
export async function openFreshTarget(): Promise<Target> {
  if (runtime !== 'worker') return openTarget();
  return (await import('./worker-target.ts')).openOwnWorkerTarget();
}
