/**
 * `npm run deploy:edge`: migrates D1 and deploys the Worker, minified, with wrangler's own login or
 * CLOUDFLARE_API_TOKEN. deploy/cloudflare.md says what has to be there first. `npm run deploy:edge -- --dry-run`
 * only bundles it, into a temporary folder, and needs no account.
 */
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploy, migrateDeployed } from './wrangler.ts';

if (process.argv.includes('--dry-run')) {
  const folder = mkdtempSync(join(tmpdir(), 'dist-edge-'));
  process.exitCode = await deploy(['--dry-run', '--outdir', folder]);
  for (const file of readdirSync(folder)) {
    process.stdout.write(`${join(folder, file)} ${statSync(join(folder, file)).size} bytes\n`);
  }
} else {
  const migrated = await migrateDeployed();
  process.exitCode = migrated === 0 ? await deploy([]) : migrated;
}
