import { existsSync, statSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { othersStay, requireBanner } from '../bundle-program.ts';

/** Kept from run to run, so that Node has compiled the same files. */
const FOLDER = 'node_modules/.cache/waybill-test/programs';
/** `waybill`, the demo, and servers and workers of tests that are killed and started again. */
const PROGRAMS = [
  'src/main/cli.ts', 'scripts/demo.ts', 'test/chaos/worker.ts', 'test/product-image/pipeline/own-process.ts',
];
const staleMs = 24 * 60 * 60 * 1_000;

/**
 * Each program in a few files, with the packages that the published one brings along: finding and reading hundreds of
 * modules takes longer than all else that a start does, and the tests start them hundreds of times. Each module still
 * believes that it is where its source is.
 * @returns the folder that has them, under the paths of their sources; null where there are none
 */
export async function bundlePrograms(root: string): Promise<string | null> {
  if (!existsSync(join(root, PROGRAMS[0]!))) return null;
  const folder = join(root, FOLDER);
  await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    outbase: '.',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: requireBanner,
    plugins: [othersStay, atTheirSources],
    logLevel: 'error',
  });
  removeStale(folder);
  return folder;
}

/** They start programs and read files beside them. */
const atTheirSources: Plugin = {
  name: 'at-their-sources',
  setup({ onLoad }) {
    onLoad({ filter: /\/(src|scripts|test)\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
    });
  },
};

/** Parts of what was built before; those of today may be in use by another run. */
function removeStale(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && Date.now() - statSync(file).mtimeMs > staleMs) rmSync(file, { force: true });
  }
}
