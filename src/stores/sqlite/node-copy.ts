import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/** Pages copied between two looks at the signal: a few milliseconds. */
const pagesPerStep = 1_000;

export interface CopyOptions {
  readonly onPages: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Copies a database, as it is at one moment, to an empty file that is there. Other processes may read, write and
 * write back their log meanwhile: all steps are made within one read transaction, without which each commit of theirs
 * would begin the copy anew. Their log grows as long as it takes. The copy is one file, which needs no log beside it.
 */
export async function copySqlite(from: string, to: string, { onPages, signal }: CopyOptions): Promise<void> {
  const source = new Database(from, { readonly: true, fileMustExist: true });
  try {
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        signal.throwIfAborted();
        onPages(totalPages - remainingPages, totalPages);
        return pagesPerStep;
      },
    });
  } finally {
    source.close();
  }
  const copy = new Database(to);
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
}

/** What is wrong with the database, by SQLite's own check, or null. Reads all of it. */
export function damageOf(path: string): string | null {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    try {
      const found = db.pragma('quick_check(1)', { simple: true }) as string;
      return found === 'ok' ? null : found;
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof Database.SqliteError) return error.message;
    throw error;
  }
}

/** Bytes that a copy takes: what is only in the log counts too. */
export function sizeOfCopy(path: string): number {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const value = (pragma: string): number => db.pragma(pragma, { simple: true }) as number;
    return value('page_count') * value('page_size');
  } finally {
    db.close();
  }
}

/** Tells whether the database has a job with one of several ids. */
export function openJobIds(path: string): { has(ids: readonly string[]): boolean; close(): void } {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  const one = db.prepare('SELECT 1 FROM job_rows WHERE id = ?');
  return { has: (ids) => ids.some((id) => one.get(id) !== undefined), close: () => void db.close() };
}

/** Whether another connection, of this process or of another one, has the database open. */
export function isOpenElsewhere(path: string): boolean {
  if (!existsSync(path)) return false;
  const db = new Database(path, { timeout: 0 });
  try {
    // With the log, every connection has a shared lock on the file for as long as it is open.
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    // What is no database is used by nobody.
    return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
  } finally {
    db.close();
  }
}
