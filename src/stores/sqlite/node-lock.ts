import { closeSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';

/** How long whoever is about to end is waited for, and between two looks. Milliseconds. */
const [patienceMs, everyMs] = [2_000, 100];

/**
 * Makes this process, by this call, the only one that works on a database file; what only reads or copies it does not
 * ask. The lock is the operating system's, on a file of its own: whatever becomes of the process, it ends with it.
 * Returns what gives it back. Throws when it is taken.
 */
export async function lockDatabase(path: string): Promise<() => void> {
  if (path === ':memory:' || path === '') return () => {};
  const file = lockFileOf(realPathOf(path));
  for (const giveUpAt = performance.now() + patienceMs; ; await setTimeout(everyMs)) {
    const lock = tryLock(file);
    if (lock !== null) return () => void lock.close();
    if (performance.now() < giveUpAt) continue;
    throw new Error(
      `${path} is in use by another Waybill${holderOf(file)}: stop that one, or give this one a data folder of its ` +
        'own. Several servers on the same jobs need PostgreSQL (DATABASE_URL).',
    );
  }
}

/** It stays when nobody has it, empty. */
export function lockFileOf(path: string): string {
  return `${path}.lock`;
}

/** SQLite's own lock of a file that stays empty: Node itself has none. */
function tryLock(file: string): Database.Database | null {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It is there: to open and close it would drop the lock that this process may have on it.
  }
  const db = new Database(file, { timeout: 0 });
  try {
    // Else a journal would be left behind by whoever is killed.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return null;
    throw error;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is about to be made.
    return path;
  }
}

/** Who has it, where the system says so: of another container it knows no process. */
function holderOf(file: string): string {
  try {
    const { ino } = statSync(file);
    const [, pid = '0'] = new RegExp(`POSIX +ADVISORY +WRITE +(\\d+) \\w+:\\w+:${ino} `).exec(
      readFileSync('/proc/locks', 'utf8'),
    ) ?? [];
    if (Number(pid) === process.pid) return ' in this very process';
    return Number(pid) > 0 ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}
