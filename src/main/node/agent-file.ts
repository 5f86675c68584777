import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from './once.ts';

/** From a checkout: of node_modules, which is there and nobody looks after. */
const cacheFolder = fileURLToPath(new URL('../../../node_modules/.cache/waybill/', import.meta.url));

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** A package has no sources. */
const isCheckout = extension === 'ts';

/**
 * Where the agent is as one file, for workers to run. A published package has it; from a checkout it is bundled anew by
 * the first call of a process.
 *
 * @throws {Error} from a checkout without the development dependencies
 */
export function agentFile(): Promise<string> {
  if (!isCheckout) return Promise.resolve(fileURLToPath(new URL('../../agent.cjs', import.meta.url)));
  return bundledOnce();
}

const bundledOnce = once(() => bundled().catch((error: Error) => {
  throw new Error(`the agent cannot be bundled: ${error.message}`, { cause: error });
}));

async function bundled(): Promise<string> {
  const script = new URL(`../../../scripts/bundle-agent.${extension}`, import.meta.url).href;
  const { bundleAgent } = (await import(script)) as { bundleAgent(): Promise<Uint8Array> };
  const bytes = await bundleAgent();
  // By what is in it: workers of another state of the checkout keep theirs.
  const name = `agent-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.cjs`;
  await mkdir(cacheFolder, { recursive: true });
  const file = join(cacheFolder, name);
  await writeFile(`${file}.${process.pid}`, bytes);
  await rename(`${file}.${process.pid}`, file);
  return file;
}
