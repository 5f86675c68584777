import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readdir, readFile, rename, rm } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { once } from '../once.ts';

export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Null where it would not be smaller. */
  readonly gzipped: Uint8Array | null;
}

/** The pages as they are built, by their paths in the folder: `index.html`, `ui/jobs-Dk3f.js`. */
type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

/** A package has no sources. */
const isCheckout = import.meta.url.endsWith('.ts');
/** Of what the pages are made. */
const sources = [
  'src/console', 'src/kinds', 'src/main/console', 'src/main/client', 'src/client', 'src/contract', 'src/http',
];

/**
 * A published package has them; from a checkout they are built when they are first asked for, which takes some seconds,
 * and anew when they were changed.
 *
 * @throws {Error} from a checkout without the development dependencies
 */
export const consoleFiles = once(() => filesOf().catch((error: Error) => {
  throw new Error(`the console cannot be built: ${error.message}`, { cause: error });
}));

async function filesOf(): Promise<ConsoleFiles> {
  const folder = isCheckout ? await built() : fileURLToPath(new URL('../../../console/', import.meta.url));
  const files = await below(folder);
  return new Map(await Promise.all(files.map(async (file) => [
    relative(folder, file).replaceAll('\\', '/'), await readServed(file),
  ] as const)));
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

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.webp': 'image/webp',
};
const compressed = /^(text|application)\/|svg/;

async function readServed(file: string): Promise<ConsoleFile> {
  const bytes = await readFile(file);
  const type = types[extname(file)] ?? 'application/octet-stream';
  if (!compressed.test(type)) return { type, bytes, gzipped: null };
  const gzipped = await promisify(gzip)(bytes, { level: 9 });
  return { type, bytes, gzipped: gzipped.length < bytes.length ? gzipped : null };
}
