import { newDatabase } from '../postgres/database.ts';
import { startNodeTarget } from './node-target.ts';
import type { Target } from './target-types.ts';

/** Two servers on one PostgreSQL database. */
export async function openPostgresTarget(): Promise<Target> {
  return startNodeTarget(await newDatabase());
}
