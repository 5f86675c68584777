import { existsSync } from 'node:fs';
import { lchown, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../../objects/filesystem/folders.ts';
import { schemaParts } from '../../ports/store/schema-parts.ts';
import { damageOf, isOpenElsewhere } from '../../stores/sqlite/node-copy.ts';
import { lockFileOf } from '../../stores/sqlite/node-lock.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { readFileSchema, readSchema } from '../commands/schema.ts';
import { databasePath, postgresOptions, storePlace, type StoreConfig } from '../node/store.ts';
import { unfinishedRestore } from '../node/unfinished-restore.ts';
import { names, readManifest, sha256Of, type Manifest } from './manifest.ts';
import { restorePostgres } from './postgres-tools.ts';
import { assertSpace } from './space.ts';
import { stageFiles, type Staged } from './staging.ts';
import { copyFileHashed } from './tree.ts';

export interface RestoreOrder {
  readonly backup: string;
  readonly where: StoreConfig;
  /** Only verifies the backup. */
  readonly checkOnly: boolean;
  /** Moves aside what is in the way. */
  readonly force: boolean;
  /** Restores what there is where objects are damaged or missing. */
  readonly skipDamaged: boolean;
  readonly withDatabase: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  onProgress(label: string, done: number, total: number): void;
  note(text: string): void;
}

export interface RestoreReport {
  readonly manifest: Manifest;
  /** Objects that were left out. */
  readonly skipped: number;
  /** Where that is which was in the way; null when nothing was. */
  readonly replaced: string | null;
}

/**
 * Copies a backup beside its place, verifies all of it there, and only then moves it in, the database last. While that
 * is under way, a folder in the data folder says so, and no server starts on it.
 */
export async function restoreBackup(order: RestoreOrder): Promise<RestoreReport> {
  const { backup, where, checkOnly } = order;
  const manifest = await readManifest(backup);
  assertKnownSchema(manifest, backup);
  const list = join(backup, names.sums);
  if (!existsSync(list) || (await sha256Of(list)) !== manifest.sums.sha256) {
    throw new CommandFailure(`${list} is missing or damaged, and so nothing in this backup can be verified`);
  }
  if (checkOnly) {
    const staged = await stageFiles({ ...order, into: null, total: manifest.sums.files });
    return { manifest, skipped: staged.damaged.length, replaced: null };
  }
  const { dataDir } = where;
  const stage = join(dataDir, unfinishedRestore);
  const goesOn = existsSync(stage);
  await assertTarget(order, manifest, goesOn);
  const wasMissing = await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await empty(stage);
  let staged: Staged;
  try {
    assertSpace(stage, manifest.sums.bytes);
    staged = await stageFiles({ ...order, into: stage, total: manifest.sums.files });
    assertDatabase(manifest, stage);
    await restoreDump(order, manifest, stage);
  } catch (error) {
    // Nothing was touched by this run, but if one before it was interrupted, no server may start yet.
    await (goesOn ? empty(stage) : rm(wasMissing ?? stage, { recursive: true, force: true }));
    throw error;
  }
  if (manifest.objects.in === 'backup') await mkdir(join(stage, 'objects'), { recursive: true, mode: 0o700 });
  await handOver(stage, dataDir);
  return { manifest, skipped: staged.damaged.length, replaced: await moveIn(order, manifest, stage) };
}

async function empty(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
}

/** As root, gives everything to the owner of the data folder: that is the server's user. */
async function handOver(stage: string, dataDir: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dataDir);
  if (uid === 0) return;
  for (const path of ['', ...(await readdir(stage, { recursive: true }))]) await lchown(join(stage, path), uid, gid);
}

/** All of the dump, or nothing. */
async function restoreDump(order: RestoreOrder, { database }: Manifest, stage: string): Promise<void> {
  const { where, env, signal, force, withDatabase, onProgress } = order;
  const postgres = postgresOptions(where);
  if (database?.type !== 'postgres' || !withDatabase || postgres === null) return;
  onProgress('database', 0, 1);
  await restorePostgres(join(stage, names.dump), force, { databaseUrl: postgres.url, env, signal });
  onProgress('database', 1, 1);
}

function assertKnownSchema({ database }: Manifest, backup: string): void {
  if (database === null || database.schema <= schemaParts.length) return;
  throw new CommandFailure(
    `${backup} has part ${database.schema} of the schema, and this version knows only ${schemaParts.length}: a newer ` +
      'Waybill wrote it. Restore it with that one.',
  );
}

/** Throws when the restored server would not be the only thing there. */
async function assertTarget(order: RestoreOrder, { database }: Manifest, goesOn: boolean): Promise<void> {
  const { where, force, withDatabase } = order;
  const { dataDir } = where;
  const postgres = postgresOptions(where);
  const type = postgres === null ? 'sqlite' : 'postgres';
  if (database !== null && withDatabase && database.type !== type) {
    const names = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;
    const advice = type === 'sqlite' ? 'set DATABASE_URL' : 'leave DATABASE_URL out';
    throw new CommandFailure(`the backup has a database of ${names[database.type]}: ${advice}`);
  }
  if (postgres === null) {
    const path = databasePath(where);
    if (isOpenElsewhere(path)) {
      throw new CommandFailure(`${path} is in use: stop the server first (or whatever else has it open)`);
    }
    const elsewhere = dirname(path) !== dataDir && existsSync(path);
    if (elsewhere && !force && !goesOn) throw occupied(path);
  } else if (database !== null && withDatabase && !force) {
    const { migrations } = await readSchema(where);
    if (migrations.some(({ appliedAt }) => appliedAt !== null)) throw occupied(await storePlace(where));
  }
  const there = existsSync(dataDir) ? await readdir(dataDir) : [];
  const lock = basename(lockFileOf(databasePath(where)));
  const others = there.filter((name) => name !== lock && !ignored.has(name));
  if (others.length > 0 && !force && !goesOn) throw occupied(dataDir);
}

/** What an empty file system has. */
const ignored: ReadonlySet<string> = new Set(['lost+found', unfinishedRestore]);

function occupied(place: string): CommandFailure {
  return new CommandFailure(
    `${place} is not empty. With --force, what is in the way is moved aside, or, in PostgreSQL, replaced.`,
  );
}

function assertDatabase({ database }: Manifest, stage: string): void {
  if (database?.type !== 'sqlite') return;
  const path = join(stage, names.database);
  const damage = damageOf(path);
  if (damage !== null) throw new CommandFailure(`the database in the backup is damaged: ${damage}`);
  const { newer } = readFileSchema(path);
  if (newer !== null) throw new CommandFailure(`the database in the backup has part ${newer} of the schema`);
}

/** Puts what was verified in its place, the database last. Where that is which was there; null when nothing was. */
async function moveIn(
  { where, withDatabase }: RestoreOrder,
  manifest: Manifest,
  stage: string,
): Promise<string | null> {
  const { dataDir } = where;
  const aside = join(dataDir, `replaced-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
  let replaced: string | null = null;
  const put = async (from: string, to: string, also: readonly string[] = []): Promise<void> => {
    for (const old of [to, ...also].filter((path) => existsSync(path))) {
      await mkdir(aside, { recursive: true, mode: 0o700 });
      // A database that DATABASE_URL has elsewhere may be on another disk: it stays there.
      const sameFolder = dirname(old) === dataDir;
      await rename(old, sameFolder ? join(aside, basename(old)) : `${old}.${basename(aside)}`);
      replaced = aside;
    }
    await rename(from, to);
  };
  if (manifest.objects.in === 'backup') {
    await put(join(stage, 'objects'), join(dataDir, 'objects'));
  }
  for (const name of manifest.keys) await put(join(stage, name), join(dataDir, name));
  if (manifest.database?.type === 'sqlite' && withDatabase) {
    const path = databasePath(where);
    await put(await besides(join(stage, names.database), path), path, [`${path}-wal`, `${path}-shm`]);
    await syncFolder(dirname(path));
  }
  await rm(stage, { recursive: true, force: true });
  await syncFolder(dataDir);
  return replaced;
}

/** The staged database on the disk where it is to be. */
async function besides(staged: string, path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const there = `${path}${names.unfinished}`;
  await rm(there, { force: true });
  try {
    await rename(staged, there);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFileHashed(staged, there);
  }
  return there;
}
