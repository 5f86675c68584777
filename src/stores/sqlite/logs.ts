import { InvariantViolation } from '../../domain/errors.ts';
import type { LogLevel, LogStore } from '../../ports/store/log-store.ts';
import type { SqliteDriver } from './driver.ts';
import { assertLimit } from '../../ports/store/limits.ts';

interface Row {
  number: number;
  at: number;
  level: LogLevel;
  attempt: number;
  message: string;
}

const isLive = "SELECT 1 FROM work WHERE job_id = ? AND token = ? AND stage = 'leased'";
const last = 'SELECT max(number) AS number FROM job_logs WHERE job_id = ?';
const insert = 'INSERT INTO job_logs (job_id, number, at, level, attempt, message) VALUES (?, ?, ?, ?, ?, ?)';
const trim = 'DELETE FROM job_logs WHERE job_id = ? AND number <= ?';
const select = `SELECT number, at, level, attempt, message FROM job_logs
  WHERE job_id = ? AND number > ? ORDER BY number LIMIT +?`;

export function createLogStore(driver: SqliteDriver): LogStore {
  return {
    async append({ jobId, token }, lines, keep) {
      // The newest line carries the number on.
      if (!Number.isInteger(keep) || keep < 1) throw new InvariantViolation(`1 line or more is kept, not ${keep}`);
      const appended = driver.transaction(() => {
        if (driver.all(isLive, [jobId, token]).length === 0) return false;
        const before = driver.all<{ number: number | null }>(last, [jobId])[0]?.number ?? 0;
        for (const [index, { at, level, attempt, message }] of lines.entries()) {
          driver.run(insert, [jobId, before + index + 1, at, level, attempt, JSON.stringify(message)]);
        }
        driver.run(trim, [jobId, before + lines.length - keep]);
        return true;
      });
      await driver.durable();
      return appended;
    },
    async read(jobId, { after, limit }) {
      assertLimit(limit, 1_000);
      const rows = driver.all<Row>(select, [jobId, after, limit]);
      await driver.durable();
      return rows.map((row) => ({ ...row, message: JSON.parse(row.message) as string }));
    },
  };
}
