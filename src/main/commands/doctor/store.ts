import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { postgresOptions, databasePath, storePlace, type StoreConfig } from '../../node/store.ts';
import { assertRoom, takesReadsOnly, withClock } from '../../../stores/postgres/store.ts';
import { readFileSchema, readSchema, type SchemaState } from '../schema.ts';
import { measureClock, skewToleratedMs } from '../../../services/store-clock.ts';
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts';

/** Whether the database opens, can be written, and has the schema of this program. Changes nothing in it. */
export async function checkStore(config: StoreConfig): Promise<Finding> {
  const postgres = postgresOptions(config);
  if (postgres === null) return checkFile(databasePath(config), config.database.externalCheckpoints);
  const place = await storePlace(config);
  try {
    const schema = await readSchema(config);
    if (schema.newer !== null) return newerThanThis(place, schema.newer);
    if (await takesReadsOnly(postgres)) {
      return fail('store', `${place} takes no writes: transaction_read_only is on`, 'Who made it so: ALTER DATABASE?');
    }
    await assertRoom(postgres);
    return ok('store', `${place} answers, ${stateOf(schema)}`);
  } catch (error) {
    return fail('store', reasonOf(error), 'DATABASE_URL says where it is; the server starts once it can be reached.');
  }
}

/** Whether this machine's clock is the database's. What a server stores goes by the latter. */
export async function checkStoreClock(config: StoreConfig): Promise<readonly Finding[]> {
  const postgres = postgresOptions(config);
  if (postgres === null) return [];
  const [monotonic, wall] = [() => performance.now(), () => Date.now()];
  const { offsetMs, errorMs } = await withClock(postgres, (shared) => measureClock({ shared, wall, monotonic }, 5));
  const aheadMs = Math.round(wall() - monotonic() - offsetMs);
  if (Math.abs(aheadMs) - errorMs <= skewToleratedMs) return [ok('clock', "the same as the database's")];
  const seconds = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the database's`;
  return [warn('clock', `this machine's is ${seconds}, which servers use`, 'Set the clock by NTP on both machines.')];
}

function checkFile(path: string, externalCheckpoints: boolean): Finding {
  if (!existsSync(path)) return ok('store', `${path} is not there yet; the server makes it`);
  // Who opens the database last writes its log back.
  const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  try {
    const schema = readFileSchema(path);
    if (schema.newer !== null) return newerThanThis(path, schema.newer);
    takeWriteLock(path);
    if (externalCheckpoints && logBytes > longLogBytes) {
      const advice = 'SQLITE_CHECKPOINTS=external: the program that does so has to run (docs/guides/backup.md).';
      return warn('store', `${path}-wal has ${Math.round(logBytes / 1024 ** 2)} MiB: nobody writes it back`, advice);
    }
    return ok('store', `${path} opens, ${stateOf(schema)}`);
  } catch (error) {
    return fail('store', `${path}: ${reasonOf(error)}`, 'Is it a Waybill database, and may this user write it?');
  }
}

/** Of a log that nobody writes back. */
const longLogBytes = 256 * 1024 ** 2;

function newerThanThis(place: string, newer: number): Finding {
  const advice = 'Start that one, or restore a backup from before it was first started.';
  return fail('store', `${place} was written by a newer Waybill (migration ${newer})`, advice);
}

function stateOf({ migrations }: SchemaState): string {
  const missing = migrations.filter(({ appliedAt }) => appliedAt === null).length;
  return missing === 0 ? 'up to date' : `${missing} of ${migrations.length} migrations to be applied at the start`;
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
