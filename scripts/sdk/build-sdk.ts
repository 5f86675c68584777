import { build } from 'esbuild';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyDeclarations } from './declarations.ts';
import { typesFile } from './plain-contract.ts';

/** By their names in the package's exports. */
const entries = {
  index: 'src/main/sdk/index.ts',
  client: 'src/main/client/index.ts',
  tasks: 'src/kinds/task/typed/index.ts',
  worker: 'src/kinds/task/worker/index.ts',
} as const;

/** A browser has no Node, and is new enough. */
const nodeCheck = 'if (globalThis.process?.versions?.node && parseInt(process.versions.node) < 22) throw new Error(' +
  '"@waybill/sdk needs Node 22 or newer, and this is " + process.versions.node);';

/**
 * The package for programs that submit jobs and run tasks, in `sdk/typescript/dist`: JavaScript that needs no other
 * package, and its types, made of the declarations in `dist`.
 */
export async function buildSdk(root: string): Promise<void> {
  const folder = join(root, 'sdk/typescript');
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await build({
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // Older ones, too, have to read as far as the sentence that they are too old.
    target: 'es2022',
    banner: { js: nodeCheck },
    chunkNames: 'shared-[hash]',
    logLevel: 'warning',
  });
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: object };
  const declared = Object.values(entries).map((path) => path.replace(/^src\/(.*)\.ts$/, '$1.d.ts'));
  copyDeclarations(join(root, 'dist'), dist, [...declared, typesFile], Object.keys(dependencies));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}
