/** One install at a time for a checkout, over processes, on any Node from 18. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 200;
/** Writing or breaking a lock takes microseconds: what is half done for this long was left by a killed process. */
const ABANDONED_MS = 10_000;

/**
 * Waits until no other process installs in this folder. The lock is a file outside node_modules, which `npm ci`
 * empties, and names its owner, so that a dead one's is broken.
 * @param {string} root
 * @returns {Promise<() => void>} releases it
 */
export async function takeLock(root) {
  const lock = join(tmpdir(), `waybill-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  for (let told = false; !tryLock(lock); told = true) {
    if (!told) process.stderr.write(`waybill: another process is installing dependencies, waiting (${lock})...\n`);
    breakIfDead(lock);
    await wait(POLL_MS);
  }
  return () => rmSync(lock, { force: true });
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Two that find the same dead owner must not both break its lock: the second would break the first one's new lock. */
function breakIfDead(lock) {
  const mark = `${lock}.break`;
  try {
    mkdirSync(mark);
  } catch {
    if (ageMs(mark) > ABANDONED_MS) rmSync(mark, { recursive: true, force: true });
    return;
  }
  try {
    if (isDead(lock)) rmSync(lock, { force: true });
  } finally {
    rmSync(mark, { recursive: true, force: true });
  }
}

function isDead(lock) {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    if (owner === 0) return ageMs(lock) > ABANDONED_MS;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function ageMs(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
}
