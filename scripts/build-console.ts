/** The console's pages: `node scripts/build-console.ts FOLDER`; the server calls it from a checkout. */
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const root = fileURLToPath(new URL('../src/main/console', import.meta.url));

/**
 * What is loaded first, the pages of those who submit jobs with what pages have in common, and those of who runs the
 * server: a file for each page is a request each, and takes an eighth more in all.
 */
const chunks = {
  includeDependenciesRecursively: false,
  groups: [
    { name: 'main', tags: ['$initial' as const], priority: 2 },
    {
      name: 'operate', priority: 1,
      test: /\/pages\/(users|audit|settings|health|workers|schedules|operate)\/|\/kinds\/(?!image-set)[^/]+\/console\//,
    },
    { name: 'use', test: /\/console\/|lucide-preact/ },
  ],
};

/** There is one style sheet and no page has a file of its own: nothing is to be fetched ahead of an import. */
const noPreload: Plugin = {
  name: 'no-preload',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
};

/** Writes `index.html`, and what it is made of to `ui/`. */
export async function buildConsole(folder: string): Promise<void> {
  await build({
    configFile: false,
    plugins: [noPreload],
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
      modulePreload: false,
      cssCodeSplit: false,
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
