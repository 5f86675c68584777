import { InvariantViolation } from '../../domain/errors.ts';
import type { LogLevel, LogLine, LogStore } from '../../ports/store/log-store.ts';
import type { Database } from './database.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { arraysOf, bigint, integer, namesOf, statement, text, type Column } from './statement.ts';

/** `number`: within the lines that are appended, from 1. */
const columns: readonly Column<LogLine>[] = [
  integer('number', ({ number }) => number),
  bigint('at', ({ at }) => at),
  text('level', ({ level }) => level),
  integer('attempt', ({ attempt }) => attempt),
  text('message', ({ message }) => JSON.stringify(message)),
];

/*
 * Whoever appends holds the job's row of work until it has committed: another one that appends waits and counts on from
 * there, and nobody ends the lease meanwhile. The statements that follow see what was committed while it waited.
 */
const live = "SELECT 1 FROM work WHERE job_id = $1 AND token = $2::bigint AND stage || '' = 'leased'";
const last = 'COALESCE((SELECT max(number) FROM job_logs WHERE job_id = $1), 0)';
const hold = statement('logs_hold', `${live} FOR UPDATE`);
const append = statement(
  'logs_append',
  `INSERT INTO job_logs (job_id, ${namesOf(columns)})
    SELECT $1, ${last} + c.number, c.at, c.level, c.attempt, c.message
    FROM unnest(${columns.map(({ type }, index) => `$${index + 3}::${type}[]`).join(', ')}) AS c (${namesOf(columns)})
    WHERE EXISTS (${live})`,
);
const trim = statement(
  'logs_trim',
  `DELETE FROM job_logs WHERE job_id = $1 AND number <= ${last} - $3::integer AND EXISTS (${live})`,
);
const read = statement(
  'logs_read',
  `SELECT ${namesOf(columns)} FROM job_logs WHERE job_id = $1 AND number > $2::bigint ORDER BY number LIMIT $3`,
);

interface Row {
  readonly number: number;
  readonly at: number;
  readonly level: LogLevel;
  readonly attempt: number;
  readonly message: string;
}

export function createLogStore(database: Database): LogStore {
  return {
    async append({ jobId, token }, lines, keep) {
      // The newest line carries the number on.
      if (!Number.isInteger(keep) || keep < 1) throw new InvariantViolation(`1 line or more is kept, not ${keep}`);
      const numbered = lines.map((line, index) => ({ ...line, number: index + 1 }));
      const [held] = await database.write([
        { statement: hold, values: [jobId, token] },
        { statement: append, values: [jobId, token, ...arraysOf(columns, numbered)] },
        { statement: trim, values: [jobId, token, keep] },
      ]);
      return held?.count === 1;
    },
    async read(jobId, { after, limit }) {
      assertLimit(limit, 1_000);
      const rows = await database.read<Row>(read, [jobId, after, limit]);
      return rows.map((row) => ({ ...row, message: JSON.parse(row.message) as string }));
    },
  };
}
