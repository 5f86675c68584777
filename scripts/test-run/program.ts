import { existsSync, statSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Kept from run to run, so that Node has compiled the same files. */
const FOLDER = 'node_modules/.cache/waybill-test/program';
const staleMs = 24 * 60 * 60 * 1_000;

/**
 * The program `waybill` in a few files: finding and reading its hundreds of modules takes longer than all else that a
 * start does, and the tests start it hundreds of times. Each module still believes that it is where its source is.
 * @returns the file to run; null where there is no such program
 */
export async function bundleProgram(root: string): Promise<string | null> {
  const entry = join(root, 'src/main/cli.ts');
  if (!existsSync(entry)) return null;
  const folder = join(root, FOLDER);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    plugins: [atTheirSources],
    logLevel: 'error',
  });
  removeStale(folder);
  return join(folder, 'cli.mjs');
}

/** They start programs and read files beside them. */
const atTheirSources: Plugin = {
  name: 'at-their-sources',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
    });
  },
};

/** Parts of what was built before; those of today may be in use by another run. */
function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (Date.now() - statSync(file).mtimeMs > staleMs) rmSync(file, { force: true });
  }
}
