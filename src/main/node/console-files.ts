import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ReadConsoleFile } from '../console-pages.ts';
import { once } from './once.ts';

interface KeptFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null where it would not be smaller. */
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
}

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A package has no sources. */
const isCheckout = import.meta.url.endsWith('.ts');
/** Of what the pages are made. */
const sources = [
  'src/console', 'src/kinds', 'src/main/console', 'src/main/client', 'src/client', 'src/contract', 'src/http',
];

/** They are kept in memory from when the first of them is asked for. */
export const readConsoleFile: ReadConsoleFile = async (path, accepted) => {
  const file = (await keptFiles()).get(path);
  if (file === undefined) return null;
  const isZipped = file.gzipped !== null && /\bgzip\b/.test(accepted);
  return isZipped ? { body: file.gzipped, encoding: 'gzip' } : { body: file.bytes };
};

const keptFiles = once(async () => {
  const folder = await consoleFolder();
  const files = await below(folder);
  return new Map(await Promise.all(files.map(async (file) => [
    relative(folder, file).replaceAll('\\', '/'), await keep(file),
  ] as const)));
});

/**
 * The folder of the pages as they are built. A published package has it; from a checkout they are built when they are
 * first asked for, which takes some seconds, and anew when they were changed.
 *
 * @throws {Error} from a checkout without the development dependencies
 */
export async function consoleFolder(): Promise<string> {
  if (!isCheckout) return fileURLToPath(new URL('../../console/', import.meta.url));
  return built().catch((error: Error) => {
    throw new Error(`the console cannot be built: ${error.message}`, { cause: error });
  });
}

async function built(): Promise<string> {
  const folder = join(fromRoot('node_modules/.cache/waybill'), `console-${await fingerprint()}`);
  if (await exists(join(folder, 'index.html'))) return folder;
  const unfinished = `${folder}.${process.pid}`;
  // In a process of its own: the bundler takes more memory than the server.
  await promisify(execFile)(process.execPath, [fromRoot('scripts/build-console.ts'), unfinished]);
  await rename(unfinished, folder).catch(async (error: Error) => {
    // Another server was quicker.
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(join(folder, 'index.html')))) throw error;
  });
  return folder;
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(fromRoot('package-lock.json')));
  for (const folder of sources) {
    for (const file of await below(fromRoot(folder))) hash.update(file).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function below(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)).sort();
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false);
}

async function keep(file: string): Promise<KeptFile> {
  const bytes = await readFile(file);
  if (!/\.(html|js|css|svg)$/.test(file)) return { bytes, gzipped: null };
  const gzipped = await promisify(gzip)(bytes, { level: 9 });
  return { bytes, gzipped: gzipped.length < bytes.length ? gzipped : null };
}
