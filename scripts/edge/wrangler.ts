import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildConsole } from '../build-console.ts';
import { wranglerConfigPath } from './config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const wrangler = `${root}node_modules/wrangler/bin/wrangler.js`;
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

/** For the Worker of `deploy/wrangler.jsonc`, at this terminal. Answers the exit status. */
export function runWrangler(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [wrangler, ...args, '--config', wranglerConfigPath], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Bundles the Worker as it is deployed and puts it into `folder`, or deploys it. Answers the exit status. */
export async function deploy(args: readonly string[]): Promise<number> {
  await buildConsole(`${root}dist/console`);
  return runWrangler(['deploy', '--minify', '--define', `WAYBILL_VERSION:${JSON.stringify(version)}`, ...args]);
}

/** Applies the migrations of D1 where it is deployed. Answers the exit status. */
export function migrateDeployed(): Promise<number> {
  return runWrangler(['d1', 'migrations', 'apply', 's3-db', '--remote']);
}
