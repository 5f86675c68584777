import { startNodeTarget } from './node-target.ts';
import type { Target } from './target-types.ts';

export type { Target } from './target-types.ts';

/** `WAYBILL_TARGET` says which runtime the suite is run against. */
export async function openTarget(): Promise<Target> {
  const name = process.env['WAYBILL_TARGET'] ?? 'node';
  if (name === 'node') return startNodeTarget();
  throw new Error(`there is no target ${name}`);
}
