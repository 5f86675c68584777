import Database from 'better-sqlite3';
import { StoreNotWritable, type NotWritableReason } from '../../ports/store/unreachable.ts';

/** Result codes by how they begin: the extended ones go on (SQLITE_IOERR_WRITE). https://sqlite.org/rescode.html */
const reasons: readonly (readonly [code: string, reason: NotWritableReason])[] = [
  ['SQLITE_FULL', 'disk_full'],
  // The index of the log could not grow.
  ['SQLITE_IOERR_SHMSIZE', 'disk_full'],
  ['SQLITE_READONLY', 'read_only'],
  ['SQLITE_IOERR', 'disk_error'],
  ['SQLITE_CANTOPEN', 'disk_error'],
];

/** What the disk has to do with it, or null. SQLite has taken the transaction back, or does with the ROLLBACK after. */
export function notWritable(error: unknown): StoreNotWritable | null {
  if (!(error instanceof Database.SqliteError)) return null;
  const reason = reasons.find(([code]) => error.code.startsWith(code))?.[1];
  return reason === undefined ? null : new StoreNotWritable(reason, `${error.message} (${error.code})`, error);
}
