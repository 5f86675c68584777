import { assertLimit } from '../../ports/store/limits.ts';
import {
  appended, assertChunk, type LogAppended, type LogChunk, type LogChunks, type LogKeep, type LogProgress,
  type NewLogChunk, type UnsealedLog,
} from '../../ports/store/log-chunks.ts';
import type { WorkLease } from '../../ports/store/work-store.ts';
import type { SqliteDriver } from './driver.ts';
import { readLogFile, sealLog } from './log-files.ts';

interface Head {
  token: number;
  earlier: number;
  lines: number;
  bytes: number;
}

const isLive = "SELECT 1 FROM job_rows WHERE id = ? AND lease_token = ? AND stage = 'leased'";
const selectHead = 'SELECT token, earlier_lines AS earlier, lines, bytes FROM job_logs WHERE job_id = ?';
const putHead = `INSERT INTO job_logs (job_id, token, earlier_lines, lines, bytes) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (job_id) DO UPDATE SET token = excluded.token, earlier_lines = excluded.earlier_lines,
    lines = excluded.lines, bytes = excluded.bytes, seal_id = NULL`;
const insert = 'INSERT INTO log_chunks (job_id, first_line, line_count, body) VALUES (?, ?, ?, ?)';
const selectOldest = `SELECT first_line AS firstLine, line_count AS lineCount, length(body) AS bytes FROM log_chunks
  WHERE job_id = ? ORDER BY first_line LIMIT 1`;
const remove = 'DELETE FROM log_chunks WHERE job_id = ? AND first_line = ?';
const selectSizes = `SELECT first_line AS firstLine, length(body) AS bytes FROM log_chunks
  WHERE job_id = ? AND first_line >= coalesce(
    (SELECT max(first_line) FROM log_chunks WHERE job_id = ? AND first_line <= ?), 0)
  ORDER BY first_line LIMIT +?`;
const selectChunks = `SELECT first_line AS firstLine, line_count AS lineCount, body FROM log_chunks
  WHERE job_id = ? AND first_line BETWEEN ? AND ? ORDER BY first_line`;
const selectProgress = `SELECT j.id AS jobId, coalesce(l.earlier_lines + l.lines, 0) AS lastLine,
    j.ended_at IS NOT NULL AS hasEnded
  FROM json_each(?) a CROSS JOIN job_rows j ON j.id = a.value LEFT JOIN job_logs l ON l.job_id = j.id`;
const selectUnsealed = (from: string): string => `SELECT l.job_id AS jobId, j.kind, j.owner_id AS ownerId,
    j.ended_at AS endedAt, l.earlier_lines + l.lines AS lastLine, l.bytes,
    (SELECT count(*) FROM (SELECT 1 FROM log_chunks c WHERE c.job_id = l.job_id LIMIT 2)) AS chunks,
    EXISTS (SELECT 1 FROM log_files f WHERE f.job_id = l.job_id) AS hasFile
  FROM ${from} CROSS JOIN job_rows j ON j.id = l.job_id WHERE l.seal_id IS NULL AND j.ended_at IS NOT NULL`;
const unsealedOf = `${selectUnsealed('json_each(?) a CROSS JOIN job_logs l ON l.job_id = a.value')} LIMIT +?`;
const unsealedAfter = `${selectUnsealed('job_logs l INDEXED BY job_logs_unsealed')}
  AND l.job_id > ? ORDER BY l.job_id LIMIT +?`;
const close = `UPDATE job_logs SET seal_id = '' WHERE job_id = ? AND earlier_lines + lines = ? AND seal_id IS NULL`;
const expect = `INSERT INTO log_objects (object_key, due_at, leaving) VALUES (?, ?, 0)
  ON CONFLICT (object_key) DO UPDATE SET due_at = excluded.due_at, leaving = 0`;
const selectLoose = 'SELECT object_key AS key FROM log_objects WHERE due_at <= ? ORDER BY due_at LIMIT +?';
const putOff = 'UPDATE log_objects SET due_at = ?, leaving = 1 WHERE object_key = ?';
/** Chunks that one read looks at. */
const readAtOnce = 256;

export function createLogChunks(driver: SqliteDriver): LogChunks {
  const durably = async <T>(work: () => T): Promise<T> => {
    const result = work();
    await driver.durable();
    return result;
  };
  return {
    append: (lease, chunk, keep) => {
      assertChunk(chunk, keep);
      return durably(() => driver.transaction(() => append(driver, lease, chunk, keep)));
    },
    read: (jobId, { fromLine, maxBytes }) =>
      durably(() =>
        driver.snapshot(() => {
          const [head] = driver.all<Head>(selectHead, [jobId]);
          if (head === undefined) return null;
          return {
            lastLine: head.earlier + head.lines,
            file: readLogFile(driver, jobId),
            chunks: readChunks(driver, jobId, fromLine, maxBytes),
          };
        }),
      ),
    progress: (jobIds) =>
      durably(() =>
        driver
          .all<Omit<LogProgress, 'hasEnded'> & { hasEnded: number }>(selectProgress, [JSON.stringify(jobIds)])
          .map((row) => ({ ...row, hasEnded: row.hasEnded === 1 })),
      ),
    async unsealed({ limit, ...which }) {
      assertLimit(limit, 1_000);
      const rows = 'jobIds' in which
        ? driver.all<UnsealedRow>(unsealedOf, [JSON.stringify(which.jobIds), limit])
        : driver.all<UnsealedRow>(unsealedAfter, [which.after, limit]);
      await driver.durable();
      return rows.map((row) => ({ ...row, hasFile: row.hasFile === 1 }));
    },
    close: (logs) =>
      durably(() =>
        driver.transaction(() => {
          for (const { jobId, lastLine } of logs) driver.run(close, [jobId, lastLine]);
        }),
      ),
    seal: (sealed) => durably(() => driver.transaction(() => sealLog(driver, sealed))),
    expectObject: (objectKey, dueAt) => durably(() => void driver.run(expect, [objectKey, dueAt])),
    looseObjects: ({ now, leaseMs, limit }) => {
      assertLimit(limit, 1_000);
      // Looked at without a write, which is nearly always in vain.
      if (driver.all(selectLoose, [now, 1]).length === 0) return Promise.resolve([]);
      return durably(() =>
        driver.transaction(() => {
          const keys = driver.all<{ key: string }>(selectLoose, [now, limit]).map(({ key }) => key);
          for (const key of keys) driver.run(putOff, [now + leaseMs, key]);
          return keys;
        }),
      );
    },
    forgetObjects: (objectKeys) =>
      durably(() => void driver.run(
        'DELETE FROM log_objects WHERE leaving = 1 AND object_key IN (SELECT value FROM json_each(?))',
        [JSON.stringify(objectKeys)],
      )),
  };
}

type UnsealedRow = Omit<UnsealedLog, 'hasFile'> & { hasFile: number };

function append(driver: SqliteDriver, { jobId, token }: WorkLease, chunk: NewLogChunk, keep: LogKeep): LogAppended {
  const [head] = driver.all<Head>(selectHead, [jobId]);
  const known = head?.token === token ? head.lines : 0;
  const outcome = appended(chunk, known);
  // One that is there is acknowledged whatever became of its lease: its answer may have been lost.
  if (outcome.outcome === 'known') return outcome;
  if (driver.all(isLive, [jobId, token]).length === 0) return { outcome: 'lost' };
  if (outcome.outcome === 'overlap') return outcome;
  const earlier = head === undefined ? 0 : head.earlier + (head.token === token ? 0 : head.lines);
  const bytes = (head?.bytes ?? 0) + chunk.body.byteLength;
  driver.run(insert, [jobId, earlier + outcome.lines - chunk.lineCount + 1, chunk.lineCount, chunk.body]);
  const gone = trim(driver, jobId, { lastLine: earlier + outcome.lines, bytes }, keep);
  driver.run(putHead, [jobId, token, earlier, outcome.lines, bytes - gone]);
  return outcome;
}

/** Drops the oldest chunks beyond what is kept. Answers how many bytes they had. */
function trim(
  driver: SqliteDriver,
  jobId: string,
  { lastLine, bytes }: { readonly lastLine: number; readonly bytes: number },
  keep: LogKeep,
): number {
  for (let gone = 0; ; ) {
    const [oldest] = driver.all<{ firstLine: number; lineCount: number; bytes: number }>(selectOldest, [jobId]);
    if (oldest === undefined) return gone;
    const isHidden = oldest.firstLine + oldest.lineCount - 1 <= lastLine - keep.lines;
    if (!isHidden && bytes - gone <= keep.bytes) return gone;
    driver.run(remove, [jobId, oldest.firstLine]);
    gone += oldest.bytes;
  }
}

function readChunks(driver: SqliteDriver, jobId: string, fromLine: number, maxBytes: number): LogChunk[] {
  const sizes = driver.all<{ firstLine: number; bytes: number }>(selectSizes, [jobId, jobId, fromLine, readAtOnce]);
  let bytes = 0;
  const wanted = sizes.filter((one) => {
    const fits = bytes < maxBytes;
    bytes += one.bytes;
    return fits;
  });
  const [first, last] = [wanted[0], wanted.at(-1)];
  if (first === undefined || last === undefined) return [];
  return driver
    .all<LogChunk>(selectChunks, [jobId, first.firstLine, last.firstLine])
    .filter((chunk) => chunk.firstLine + chunk.lineCount > fromLine);
}
