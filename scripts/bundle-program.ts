import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * What is made of many small files of plain JavaScript, by which a start would take longer: they are brought along.
 * Everything else is loaded from its package when something needs it.
 */
const brought: readonly string[] = [
  '@bufbuild/protobuf', '@cfworker/json-schema', '@grpc/grpc-js', '@hono/node-server', 'hono', 'prom-client', 'zod',
];

/**
 * Makes of `dist`, which tsc has written, the program `waybill` in a few files: `dist/program`. To find and to read its
 * hundreds of modules takes longer than all else that a start does. Each module still believes that it is where its own
 * file is, beside which it finds others.
 */
export async function bundleProgram(root: string): Promise<void> {
  const folder = join(root, 'dist/program');
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['dist/main/cli.js'],
    outdir: folder,
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    legalComments: 'none',
    banner: requireBanner,
    plugins: [othersStay, atTheirFiles(root)],
    metafile: true,
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'LICENSES'), licences(root, Object.keys(metafile.inputs)));
}

/** Of what is brought along, some is CommonJS, and asks for parts of Node. */
export const requireBanner = {
  js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);",
};

export const othersStay: Plugin = {
  name: 'others-stay',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? '';
      // What those that are brought along need themselves comes with them.
      const isOurs = !importer.includes(`${sep}node_modules${sep}`);
      return kind === 'entry-point' || !isOurs || brought.includes(name) ? undefined : { path, external: true };
    });
  },
};

function atTheirFiles(root: string): Plugin {
  return {
    name: 'at-their-files',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
        if (path.includes('node_modules')) return undefined;
        const text = await readFile(path, 'utf8');
        const place = relative(join(root, 'dist/program'), path).replaceAll(sep, '/');
        const contents = text.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)},import.meta.url).href`);
        return { contents, loader: 'js' };
      });
    },
  };
}

/** The licence of each package that is brought along. */
function licences(root: string, inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((input) => {
    const found = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
    return found === null ? [] : [found[0]];
  }));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      readonly name: string; readonly version: string; readonly license: string;
    };
    const names = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE'];
    const file = names.map((each) => join(root, folder, each)).find((each) => existsSync(each));
    return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(file, 'utf8')}`;
  }).join(`\n${'-'.repeat(80)}\n`);
}
