/** The console's pages: `node scripts/build-console.ts FOLDER`; the server calls it from a checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const root = fileURLToPath(new URL('../src/main/console', import.meta.url));
const sources = fileURLToPath(new URL('../src', import.meta.url));

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
    // Whatever it is: a piece of the domain would be a file of its own otherwise.
    { name: 'use', test: /./ },
  ],
};

/** There is one style sheet and no page has a file of its own: nothing is to be fetched ahead of an import. */
const noPreload: Plugin = {
  name: 'no-preload',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
};

/** The client's table of routes, with those alone whose names the console's code has, and what is true of them. */
const onlyCalledRoutes: Plugin = {
  name: 'only-called-routes',
  enforce: 'pre',
  load: (id) => {
    if (!id.endsWith('/client/generated/routes.ts')) return null;
    const ofKinds = readdirSync(join(sources, 'kinds')).map((kind) => `kinds/${kind}/console`);
    const folders = ['console', 'client', ...ofKinds];
    const code = folders.flatMap((folder) => codeIn(join(sources, folder))).join('\n');
    const isCalled = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(code);
    const table = readFileSync(id, 'utf8');
    const called = table.replace(/^  (\w+): \{\n[^}]+\},\n/gm, (route, name) => (isCalled(name) ? route : ''));
    return called.replace(/ (idempotent|repeatable|stream): false,/g, '');
  },
};

function codeIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** Each part of an icon has a random key, which nothing needs and no compression makes smaller: 1 kB of the console. */
const iconsWithoutKeys: Plugin = {
  name: 'icons-without-keys',
  enforce: 'pre',
  transform: (code, id) => {
    if (!id.includes('/lucide-preact/')) return null;
    return code.replace(/,\s*(key: "[a-z0-9]+"|aliases: \[[^\]]*\])/g, '');
  },
};

/** Writes `index.html`, and what it is made of to `ui/`. */
export async function buildConsole(folder: string): Promise<void> {
  await build({
    configFile: false,
    plugins: [noPreload, onlyCalledRoutes, iconsWithoutKeys],
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
      // What docs/guides/console.md asks for; older ones know no `light-dark()`.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
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
