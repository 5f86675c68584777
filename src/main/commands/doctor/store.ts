import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { readSchema } from '../schema.ts';
import { fail, ok, reasonOf, type Finding } from './finding.ts';

/** Whether the database opens, can be written, and has the schema of this program. Changes nothing in it. */
export function checkStore(path: string): Finding {
  if (!existsSync(path)) return ok('store', `${path} is not there yet; the server makes it`);
  try {
    const { migrations, newer } = readSchema(path);
    if (newer !== null) {
      const advice = 'Start that one, or restore a backup from before it was first started.';
      return fail('store', `${path} was written by a newer Waybill (migration ${newer})`, advice);
    }
    takeWriteLock(path);
    const missing = migrations.filter(({ appliedAt }) => appliedAt === null).length;
    const state =
      missing === 0 ? 'up to date' : `${missing} of ${migrations.length} migrations to be applied at the start`;
    return ok('store', `${path} opens, ${state}`);
  } catch (error) {
    return fail('store', `${path}: ${reasonOf(error)}`, 'Is it a Waybill database, and may this user write it?');
  }
}

/** What every commit begins with; given back at once. */
function takeWriteLock(path: string): void {
  const db = new Database(path, { fileMustExist: true, timeout: 5_000 });
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
  } finally {
    db.close();
  }
}
