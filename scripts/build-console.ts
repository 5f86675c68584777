/** The console's pages: `node scripts/build-console.ts FOLDER`; the server calls it from a checkout. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../src/main/console', import.meta.url));

/**
 * What is loaded first, each kind's pages, and what pages have in common: a file for every module that two pages share
 * is a request each, and takes a tenth more in all.
 */
const chunks = {
  includeDependenciesRecursively: false,
  groups: [
    { name: 'main', tags: ['$initial' as const], priority: 3 },
    { debugName: 'kinds', name: (id: string) => /\/kinds\/([^/]+)\/console\//.exec(id)?.[1] ?? null, priority: 2 },
    { name: 'parts', test: /lucide-preact|\/src\/console\/parts\//, priority: 1 },
  ],
};

/** Writes `index.html`, and what it is made of to `ui/`. */
export async function buildConsole(folder: string): Promise<void> {
  await build({
    configFile: false,
    root,
    // The server says where the root is, by <base>.
    base: './',
    logLevel: 'warn',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsDir: 'ui',
      target: 'es2022',
      // A data: URL in a style sheet would need an exception from the policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: { output: { codeSplitting: chunks } },
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder] = process.argv;
  if (folder === undefined) throw new Error('name the folder');
  await buildConsole(folder);
}
