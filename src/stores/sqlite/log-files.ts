import { readParts, partsText, type LogFile, type SealedLog } from '../../ports/store/log-chunks.ts';
import type { SqliteDriver } from './driver.ts';

const selectFile = `SELECT id, object_key AS objectKey, size_bytes AS bytes, last_line AS lastLine, parts
  FROM log_files WHERE job_id = ?`;
const isAsRead = `SELECT 1 FROM job_logs WHERE job_id = ? AND earlier_lines + lines = ? AND seal_id IS NULL`;
const takeObject = 'DELETE FROM log_objects WHERE object_key = ? AND leaving = 0';
const leaveObject = `INSERT INTO log_objects (object_key, due_at, leaving)
  SELECT object_key, 0, 1 FROM log_files WHERE job_id = ?`;
const putFile = `INSERT INTO log_files (job_id, id, object_key, storage_uri, size_bytes, entry_count, last_line, parts,
    created_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insert = 'INSERT INTO log_chunks (job_id, first_line, line_count, body) VALUES (?, ?, ?, ?)';

export function readLogFile(driver: SqliteDriver, jobId: string): LogFile | null {
  const [row] = driver.all<Omit<LogFile, 'parts'> & { readonly parts: string }>(selectFile, [jobId]);
  return row === undefined ? null : { ...row, parts: readParts(row.parts) };
}

/** To be called in a transaction. */
export function sealLog(driver: SqliteDriver, { id, jobId, lastLine, replaces, file, chunks }: SealedLog): boolean {
  if (driver.all(isAsRead, [jobId, lastLine]).length === 0) return false;
  const [before] = driver.all<{ id: string }>('SELECT id FROM log_files WHERE job_id = ?', [jobId]);
  if ((before?.id ?? null) !== replaces) return false;
  if (file !== null && driver.run(takeObject, [file.objectKey]) === 0) return false;
  removeLogFile(driver, jobId);
  driver.run('DELETE FROM log_chunks WHERE job_id = ?', [jobId]);
  for (const { firstLine, lineCount, body } of chunks) driver.run(insert, [jobId, firstLine, lineCount, body]);
  if (file !== null) {
    driver.run(putFile, [
      jobId, id, file.objectKey, file.storageUri, file.bytes, file.entryCount, file.lastLine, partsText(file.parts),
      file.createdAt, file.expiresAt,
    ]);
  }
  const bytes = chunks.reduce((sum, { body }) => sum + body.byteLength, 0);
  driver.run('UPDATE job_logs SET seal_id = ?, bytes = ? WHERE job_id = ?', [id, bytes, jobId]);
  return true;
}

/** Its object is deleted by whoever looks after loose ones. To be called in a transaction. */
export function removeLogFile(driver: SqliteDriver, jobId: string): void {
  driver.run(leaveObject, [jobId]);
  driver.run('DELETE FROM log_files WHERE job_id = ?', [jobId]);
}
