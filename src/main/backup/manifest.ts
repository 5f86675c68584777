import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { CommandFailure, exits } from '../../transports/cli/failure.ts';

/**
 * What is in a backup: the files of a data folder under the names that they have there, and two more. The manifest is
 * written last, so that a folder without one is no backup.
 */
export const names = {
  manifest: 'manifest.json',
  /** A line for each file, as `sha256sum -c` reads them. */
  sums: 'SHA256SUMS',
  database: 'waybill.sqlite',
  /** What pg_dump made. */
  dump: 'waybill.dump',
  /** Behind the name of a backup that is being written. */
  unfinished: '.unfinished',
} as const;

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.object({
  format: z.literal(1),
  /** The version that made it. */
  waybill: z.string().max(100),
  /** When the database was as it is in the backup. */
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Null: it was left out. */
  database: z
    .object({ type: z.enum(['sqlite', 'postgres']), schema: count, bytes: count })
    .nullable(),
  objects: z.discriminatedUnion('in', [
    z.object({
      in: z.literal('backup'), count, bytes: count, linked: count, deletedMeanwhile: count, damaged: count,
    }),
    z.object({ in: z.literal('s3'), bucket: z.string(), endpoint: z.string() }),
    z.object({ in: z.literal('nowhere') }),
  ]),
  /** Files of the data folder beside database and objects: keys that servers have made. */
  keys: z.array(z.string().regex(/^[\w-][\w.-]{0,254}$/)).max(1_000),
  sums: z.object({ files: count, bytes: count, sha256 }),
});

export type Manifest = z.output<typeof manifestSchema>;
export type BackedUpObjects = Manifest['objects'];

const maxManifestBytes = 1_000_000;

/** Throws CommandFailure when the folder is no whole backup, or one that this version does not know. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, names.manifest);
  const text = await readSmall(path);
  if (text === null) {
    const why = folder.endsWith(names.unfinished) ? 'writing it was not finished' : `it has no ${names.manifest}`;
    throw new CommandFailure(`${folder} is not a whole backup: ${why}`, exits.noInput);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandFailure(`${path} is damaged: it is not JSON`);
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) {
    throw new CommandFailure(`${folder} was written by a newer Waybill (format ${format}): restore it with that one`);
  }
  const read = manifestSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new CommandFailure(`${path} is damaged: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

async function readSmall(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).size > maxManifestBytes) throw new CommandFailure(`${path} is damaged: it is too large`);
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** The newest whole backup with objects in the folder where `target` is to be; null when there is none. */
export async function newestBeside(target: string): Promise<string | null> {
  const parent = dirname(target);
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  let newest: { readonly path: string; readonly at: string } | null = null;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.endsWith(names.unfinished)) continue;
    const path = join(parent, entry.name);
    const manifest = await readManifest(path).catch(() => null);
    if (manifest === null || manifest.objects.in !== 'backup') continue;
    if (newest === null || manifest.createdAt > newest.at) newest = { path, at: manifest.createdAt };
  }
  return newest?.path ?? null;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
