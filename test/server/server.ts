import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { onTestFinished } from 'vitest';
import { loadConfig } from '../../src/main/config/load.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { createPasswordHasher } from '../../src/main/password-hasher.ts';
import { startServer, type RunningServer, type ServerParts } from '../../src/main/node/server.ts';

export interface StartedServer extends RunningServer {
  /** Of its data. */
  readonly folder: string;
  /** What it logged so far. */
  readonly log: readonly string[];
}

const production = {
  JWT_SECRET: 'k3Y-of-these-tests-and-nobody-else', GPU_CALLBACK_SECRET: 'w0rker-s3cret-of-tests',
  WEBHOOK_SECRET: 'h00k-s3cret-of-tests',
};

type Parts = Pick<ServerParts, 'kinds' | 'services' | 'fleetTimes' | 'productImages' | 'tracing'>;
type Mode = 'dev' | 'production';

/** A server that is stopped at the end of the test: in development mode, or with the secrets of `production`. */
export async function startTestServer(
  env: Readonly<Record<string, string>> = {},
  mode: Mode = 'dev',
  parts: Parts = {},
): Promise<StartedServer> {
  const server = await openTestServer(env, mode, parts);
  onTestFinished(() => server.remove());
  return server;
}

/** For several tests: `remove` stops it. */
export async function openTestServer(
  env: Readonly<Record<string, string>> = {},
  mode: Mode = 'dev',
  parts: Parts = {},
): Promise<StartedServer & { remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-server-'));
  const ofMode = mode === 'dev' ? { WAYBILL_DEV: 'true' } : production;
  const loaded = loadConfig({ flags: {}, env: { PORT: '0', WAYBILL_DATA: folder, ...ofMode, ...env } }, parts.kinds);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const log: string[] = [];
  const server = await startServer(loaded.config, {
    logger: createLogger('info', (line) => {
      log.push(line);
      // A 500 that comes once in many runs would keep its reason to itself.
      if (line.includes('"a request failed"')) tellFailure(line);
    }),
    // A password at its full cost takes a core for half a second.
    hasher: createPasswordHasher({ logN: 10 }),
    ...parts,
  });
  const remove = async (): Promise<void> => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, folder, log, remove };
}

let hasToldOfKeys = false;

/**
 * Node has been seen, in one of three whole runs, to refuse every key of its own for the rest of a process that many
 * files shared ("not of type CryptoKey"). What a new key is then may say why.
 */
function tellFailure(line: string): void {
  process.stderr.write(line);
  if (hasToldOfKeys || !line.includes('not of type CryptoKey')) return;
  hasToldOfKeys = true;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  void crypto.subtle.importKey('raw', new Uint8Array(32), algorithm, false, ['sign']).then((key: unknown) => {
    const chain: unknown[] = [];
    for (let at = key; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) chain.push(Object.keys(at));
    const isOne = key instanceof CryptoKey;
    process.stderr.write(`a new key: ${inspect(key)}, a CryptoKey: ${isOne}, chain: ${inspect(chain)}\n`);
  });
}
