import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '22.23.3';
const folder = fileURLToPath(new URL(`../../node_modules/.cache/node-${version}`, import.meta.url));

/**
 * The oldest Node that is promised, from npm, and kept for the next time. It cannot be a dependency beside the one that
 * is: each would be `node` to npm's scripts.
 */
export function node22(): string {
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(program)) return program;
  const scratch = `${folder}-${process.pid}`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, 'package.json'), '{"private":true}');
  const install = ['install', `${name}@${version}`, '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
  execFileSync('npm', install, { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] });
  if (existsSync(folder)) rmSync(scratch, { recursive: true });
  else renameSync(scratch, folder);
  return program;
}
