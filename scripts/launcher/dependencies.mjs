/**
 * Keeps node_modules in step with package-lock.json, for the launcher (../with-node.mjs), on any Node from 18.
 *
 * The usual case must cost next to nothing, because `npm run waybill` stands in shell scripts: a stamp in
 * node_modules says which package-lock.json was last found installed, and at which state of npm's own record.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { takeLock } from './lock.mjs';

const STAMP = '.waybill-installed';

/** What the user can be told as it stands; `status` is the launcher's exit status. */
export class InstallFailed extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

/**
 * Installs with `npm ci` unless what package-lock.json names is there already. One process installs; those started
 * meanwhile wait for it. Progress goes to stderr.
 * @param {string} root folder of package.json
 * @param {{ development: boolean }} need whether development dependencies must be there too
 * @throws {InstallFailed}
 */
export async function ensureDependencies(root, need) {
  if (isInstalled(root, need)) return;
  const release = await takeLock(root);
  try {
    // Whoever held the lock before has probably installed it.
    if (!isInstalled(root, need)) await install(root);
  } finally {
    release();
  }
}

function isInstalled(root, need) {
  const lockText = read(join(root, 'package-lock.json'));
  if (lockText === undefined) return true;
  const stamp = stampOf(root, lockText);
  if (stamp === undefined) return false;
  if (read(join(root, 'node_modules', STAMP)) === stamp) return true;
  const record = JSON.parse(read(recordPath(root)) ?? '{}').packages ?? {};
  const isMissing = ([path, wanted]) => {
    if (path === '' || !path.includes('node_modules/')) return false;
    const found = record[path];
    if (found !== undefined) return found.version !== wanted.version || found.integrity !== wanted.integrity;
    // Optional packages are mostly those of other platforms.
    return !(wanted.optional || wanted.devOptional || (wanted.dev && !need.development));
  };
  if (Object.entries(JSON.parse(lockText).packages ?? {}).some(isMissing)) return false;
  if (need.development) writeStamp(root, stamp);
  return true;
}

/** The state of what is wanted and of npm's record of what is there, which npm writes at the end of an install. */
function stampOf(root, lockText) {
  const record = statSync(recordPath(root), { throwIfNoEntry: false });
  if (record === undefined) return undefined;
  return `${createHash('sha256').update(lockText).digest('hex')} ${record.size} ${record.mtimeMs}\n`;
}

function recordPath(root) {
  return join(root, 'node_modules', '.package-lock.json');
}

function writeStamp(root, stamp) {
  try {
    writeFileSync(join(root, 'node_modules', STAMP), stamp);
  } catch {
    // A read-only node_modules is compared in full each time, which takes some milliseconds.
  }
}

async function install(root) {
  const started = Date.now();
  process.stderr.write('waybill: installing dependencies with npm ci, this takes up to a minute...\n');
  const status = await npmCi(root);
  if (status !== 0) throw new InstallFailed(`npm ci failed (exit ${status}), see above`, status);
  const stamp = stampOf(root, read(join(root, 'package-lock.json')) ?? '');
  if (stamp !== undefined) writeStamp(root, stamp);
  process.stderr.write(`waybill: installed in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

function npmCi(root) {
  // The `node` in node_modules/.bin is about to be removed: npm and its install scripts use the machine's own.
  const path = (process.env.PATH ?? '').split(delimiter).filter((each) => !/[\\/]node_modules[\\/]\.bin$/.test(each));
  // Given in full, because an outer `npm run --silent` or NODE_ENV=production would hide errors or leave packages out.
  const args = ['ci', '--include=dev', '--loglevel=error', '--no-progress', '--no-audit', '--no-fund'];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd: root,
      env: { ...process.env, PATH: path.join(delimiter) },
      stdio: ['ignore', process.stderr, process.stderr],
      shell: process.platform === 'win32',
    });
    const passOn = (signal) => child.kill(signal);
    process.on('SIGINT', passOn).on('SIGTERM', passOn);
    child.on('error', (error) => reject(new InstallFailed(`cannot run npm: ${error.message}`)));
    child.on('close', (code, signal) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
