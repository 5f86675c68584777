import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The agent of command jobs as one file of JavaScript that needs nothing but Node 22 or newer. */
export async function bundleAgent(): Promise<Uint8Array> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [fileURLToPath(new URL('../src/main/agent.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    // Loads in 5 ms less of a core than an ES module.
    format: 'cjs',
    target: 'node22',
    minify: true,
    legalComments: 'eof',
    define: { WAYBILL_VERSION: JSON.stringify(version) },
    logLevel: 'silent',
  });
  return outputFiles[0]!.contents;
}
