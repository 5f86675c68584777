import { copyFileSync, existsSync } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../objects/filesystem/folders.ts';
import { copySqlite, damageOf, openJobIds, sizeOfCopy } from '../../stores/sqlite/node-copy.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { databasePath, postgresOptions, type StoreConfig } from '../node/store.ts';
import { readFileSchema, readSchema, type SchemaState } from '../commands/schema.ts';
import { version } from '../version.ts';
import { names, newestBeside, sha256Of, type BackedUpObjects, type Manifest } from './manifest.ts';
import { copyObjects, hasObjects, measureObjects } from './objects.ts';
import { dumpPostgres } from './postgres-tools.ts';
import { assertSpace } from './space.ts';
import { writeSums, type SumsWriter } from './sums.ts';

export interface BackupOrder {
  /** Of the backup: made, and must not be there. */
  readonly target: string;
  readonly where: StoreConfig;
  /** Where objects are, if not in the data folder. */
  readonly bucket: { readonly bucket: string; readonly endpoint: string } | null;
  readonly withDatabase: boolean;
  readonly withObjects: boolean;
  /** Copies every object, also those that an older backup beside it has. */
  readonly full: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  onProgress(label: string, done: number, total: number): void;
  note(text: string): void;
}

export interface BackupReport {
  readonly manifest: Manifest;
  /** Whose files were linked to; null when all are new. */
  readonly older: string | null;
}

/** Writes a backup beside its place and puts it there once all of it is on the disk. */
export async function createBackup(order: BackupOrder): Promise<BackupReport> {
  const { target, where } = order;
  const unfinished = `${target}${names.unfinished}`;
  assertSource(order);
  if (existsSync(target)) throw new CommandFailure(`${target} is there already: a backup overwrites nothing`);
  const parent = dirname(target);
  if (!existsSync(parent)) await mkdir(parent, { recursive: true, mode: 0o700 });
  try {
    await mkdir(unfinished, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CommandFailure(
      `${unfinished} is there: another backup is being written, or one was interrupted. If none is, remove it.`,
    );
  }
  try {
    const older = order.full || !order.withObjects ? null : await newestBeside(target);
    const files = await assertRoom(order, unfinished, older);
    const manifest = await fill(order, { folder: unfinished, older, files });
    order.signal.throwIfAborted();
    await writeDurably(join(unfinished, names.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
    await syncFolder(unfinished);
    await rename(unfinished, target);
    await syncFolder(parent);
    return { manifest, older: manifest.objects.in === 'backup' && manifest.objects.linked > 0 ? older : null };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw named(error, where);
  }
}

function assertSource({ where, withDatabase, target }: BackupOrder): void {
  const { dataDir } = where;
  if (withDatabase && postgresOptions(where) === null && !existsSync(databasePath(where))) {
    throw new CommandFailure(`there is no database at ${databasePath(where)}: --data names the folder of a server`);
  }
  if (target === dataDir || target.startsWith(`${dataDir}/`)) {
    throw new CommandFailure(`${target} is in the data folder itself: choose a place outside of it, on another disk`);
  }
}

/** How many objects there are. Throws when the disk cannot take what is new. */
async function assertRoom(order: BackupOrder, folder: string, older: string | null): Promise<number> {
  const { where, withDatabase, withObjects, bucket } = order;
  const database = withDatabase && postgresOptions(where) === null ? sizeOfCopy(databasePath(where)) : 0;
  const isThere = withObjects && bucket === null && hasObjects(where.dataDir);
  const objects = isThere ? await measureObjects(where.dataDir, older) : null;
  assertSpace(folder, database + (objects?.newBytes ?? 0));
  return objects?.files ?? 0;
}

interface Filling {
  readonly folder: string;
  readonly older: string | null;
  /** Objects, for the progress. */
  readonly files: number;
}

async function fill(order: BackupOrder, filling: Filling): Promise<Manifest> {
  const { where, withDatabase } = order;
  const { folder } = filling;
  const startedAt = Date.now();
  const sums = await writeSums(join(folder, names.sums));
  try {
    const database = withDatabase ? await copyDatabase(order, folder) : null;
    const objects = await objectsOf(order, filling, startedAt, sums);
    const keys = await copyKeys(where, folder, sums);
    if (database !== null) {
      const file = database.type === 'sqlite' ? names.database : names.dump;
      await sums.add({ path: file, sha256: await sha256Of(join(folder, file)) });
    }
    const { sha256, files } = await sums.finish();
    const bytes = (database?.bytes ?? 0) + (objects.in === 'backup' ? objects.bytes : 0) + keys.bytes;
    return {
      format: 1, waybill: version, createdAt: new Date(startedAt).toISOString(), finishedAt: new Date().toISOString(),
      database, objects, keys: keys.names, sums: { files, bytes, sha256 },
    };
  } catch (error) {
    await sums.abandon();
    throw error;
  }
}

async function copyDatabase(order: BackupOrder, folder: string): Promise<NonNullable<Manifest['database']>> {
  const { where, env, signal, onProgress } = order;
  const postgres = postgresOptions(where);
  if (postgres !== null) {
    const schema = newestOf(await readSchema(where));
    const file = join(folder, names.dump);
    onProgress('database', 0, 1);
    await writeFile(file, '', { flag: 'wx', mode: 0o600 });
    await dumpPostgres(file, { databaseUrl: postgres.url, env, signal });
    await sync(file);
    onProgress('database', 1, 1);
    return { type: 'postgres', schema, bytes: (await stat(file)).size };
  }
  const file = join(folder, names.database);
  await writeFile(file, '', { flag: 'wx', mode: 0o600 });
  await copySqlite(databasePath(where), file, { signal, onPages: (done, all) => onProgress('database', done, all) });
  await sync(file);
  const damage = damageOf(file);
  if (damage !== null) throw new CommandFailure(`the database is damaged, and there is no backup of it: ${damage}`);
  return { type: 'sqlite', schema: newestOf(readFileSchema(file)), bytes: (await stat(file)).size };
}

function newestOf({ migrations, newer }: SchemaState): number {
  return newer ?? Math.max(0, ...migrations.flatMap(({ version: number, appliedAt }) => appliedAt ? [number] : []));
}

async function objectsOf(
  { where, bucket, withObjects, signal, onProgress, note }: BackupOrder,
  { folder, older, files }: Filling,
  copiedAt: number,
  sums: SumsWriter,
): Promise<BackedUpObjects> {
  if (bucket !== null) return { in: 's3', ...bucket };
  if (!withObjects) return { in: 'nowhere' };
  const { dataDir } = where;
  const copy = join(folder, names.database);
  const jobs = existsSync(copy) ? openJobIds(copy) : null;
  try {
    return await copyObjects({
      dataDir, target: folder, older, copiedAt, sums, signal, note,
      // Without a copy of SQLite there is nobody to ask.
      hasJob: (ids) => jobs?.has(ids) ?? true,
      onFile: (done) => onProgress('objects', Math.min(done, files), files),
    });
  } finally {
    jobs?.close();
  }
}

/** Longest file that counts as a key. */
const maxKeyBytes = 64 * 1024;

/** Keys that servers have made in the data folder: every small file in it beside the database. */
async function copyKeys(
  where: StoreConfig,
  folder: string,
  sums: SumsWriter,
): Promise<{ readonly names: string[]; readonly bytes: number }> {
  const { dataDir } = where;
  const copied: string[] = [];
  let bytes = 0;
  const entries = existsSync(dataDir) ? await readdir(dataDir, { withFileTypes: true }) : [];
  for (const entry of entries) {
    const { name } = entry;
    if (!entry.isFile() || !/^[\w-][\w.-]*$/.test(name) || isDatabase(name, where)) continue;
    const { size } = await lstat(join(dataDir, name));
    if (size > maxKeyBytes) continue;
    const to = join(folder, name);
    copyFileSync(join(dataDir, name), to);
    await chmod(to, 0o600);
    await sync(to);
    await sums.add({ path: name, sha256: await sha256Of(to) });
    copied.push(name);
    bytes += size;
  }
  return { names: copied.sort(), bytes };
}

/** The database, its log and what SQLite has beside it. Reading any of them here would let go of locks on it. */
function isDatabase(name: string, where: StoreConfig): boolean {
  const path = postgresOptions(where) === null ? databasePath(where) : null;
  const own = [names.database, names.manifest, names.sums, names.dump];
  return own.includes(name as never) || /\.sqlite(-\w+)?$/.test(name) ||
    (path !== null && join(where.dataDir, name).startsWith(path));
}

async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode: 0o600 });
  await sync(path);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Errors of SQLite do not say which file they are about. */
function named(error: unknown, where: StoreConfig): unknown {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')) {
    return new CommandFailure(`copying ${databasePath(where)}: ${error.message}`);
  }
  return error;
}
