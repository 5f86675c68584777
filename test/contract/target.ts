import type { Target } from './target-types.ts';

export type { Target } from './target-types.ts';

/** `WAYBILL_TARGET` says which runtime the suite is run against: vitest.config.ts has a project for each. */
export async function openTarget(): Promise<Target> {
  const name = process.env['WAYBILL_TARGET'] ?? 'node';
  if (name === 'node') return (await import('./node-target.ts')).startNodeTarget();
  if (name === 'postgres') return (await import('./postgres-target.ts')).openPostgresTarget();
  if (name === 'worker') return (await import('./worker-target.ts')).openWorkerTarget();
  throw new Error(`there is no target ${name}`);
}
