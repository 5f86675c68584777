/**
 * `npm run build`: src as JavaScript with declarations in dist, the program in a few files, the agent as one, and the
 * console's pages; then the SDK in sdk/typescript/dist.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './build-console.ts';
import { bundleAgent } from './bundle-agent.ts';
import { bundleProgram } from './bundle-program.ts';
import { run } from './run-program.ts';
import { buildSdk } from './sdk/build-sdk.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// What is no longer in src must not stay in dist.
rmSync(join(root, 'dist'), { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
// Several checkers check much of it once each.
process.exitCode = await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--checkers', '1'], root);
if (process.exitCode === 0) {
  await bundleProgram(root);
  writeFileSync(join(root, 'dist/agent.cjs'), await bundleAgent());
  await buildConsole(join(root, 'dist/console'));
  await buildSdk(root);
}
