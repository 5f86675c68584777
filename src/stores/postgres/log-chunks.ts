import { assertLimit } from '../../ports/store/limits.ts';
import {
  appended, assertChunk, readParts, type LogAppended, type LogChunk, type LogChunks, type LogFile, type LogProgress,
  type UnsealedLog,
} from '../../ports/store/log-chunks.ts';
import type { Database } from './database.ts';
import { sealingCalls } from './log-files.ts';
import { statement } from './statement.ts';

/*
 * Whoever appends holds the job's row until it has committed: another one that appends waits and counts on from
 * there, and nobody ends the lease meanwhile. The statements that follow see what was committed while it waited.
 */
const live = 'SELECT 1 FROM jobs_open WHERE id = $1 AND work_token = $2::bigint';
const hold = statement('logs_hold', `${live} FOR UPDATE`);
/** Answers what was known before, if the lease is live; stores the chunk if it begins behind that. */
const append = statement(
  'logs_append',
  `WITH base AS MATERIALIZED (
      SELECT CASE WHEN l.job_id IS NULL THEN 0 WHEN l.token = $2::bigint THEN l.earlier_lines
          ELSE l.earlier_lines + l.lines END AS earlier,
        CASE WHEN l.token = $2::bigint THEN l.lines ELSE 0 END AS known
      FROM (${live} OFFSET 0) w LEFT JOIN LATERAL (SELECT * FROM job_logs WHERE job_id = $1 OFFSET 0) l ON TRUE
    ), next AS MATERIALIZED (
      SELECT earlier, coalesce($3::bigint, known + 1) AS first FROM base WHERE coalesce($3::bigint, known + 1) > known
    ), chunk AS (
      INSERT INTO log_chunks (job_id, first_line, line_count, body) SELECT $1, earlier + first, $4, $5 FROM next
    ), head AS (
      INSERT INTO job_logs AS l (job_id, token, earlier_lines, lines, bytes)
        SELECT $1, $2::bigint, earlier, first + $4 - 1, octet_length($5) FROM next
        ON CONFLICT (job_id) DO UPDATE SET token = excluded.token, earlier_lines = excluded.earlier_lines,
          lines = excluded.lines, bytes = l.bytes + excluded.bytes, seal_id = NULL
    )
    SELECT known FROM base`,
);
/** Of many small ones that a large chunk pushes out, so many at once: the next append goes on. */
const trimmedAtOnce = 100;
const trim = statement(
  'logs_trim',
  `WITH head AS MATERIALIZED (
      SELECT earlier_lines + lines AS last_line, bytes FROM job_logs WHERE job_id = $1
    ), oldest AS MATERIALIZED (
      SELECT first_line, line_count, octet_length(body) AS size FROM log_chunks WHERE job_id = $1
      ORDER BY first_line LIMIT ${trimmedAtOnce}
    ), beyond AS (
      SELECT o.first_line FROM (
        SELECT first_line, line_count, sum(size) OVER (ORDER BY first_line) - size AS before FROM oldest
      ) o, head h
      WHERE o.first_line + o.line_count - 1 <= h.last_line - $2::bigint OR h.bytes - o.before > $3::bigint
    ), gone AS (
      DELETE FROM log_chunks WHERE job_id = $1 AND first_line = ANY(ARRAY(SELECT first_line FROM beyond))
      RETURNING octet_length(body) AS size
    )
    UPDATE job_logs SET bytes = bytes - (SELECT sum(size) FROM gone)
    WHERE job_id = $1 AND EXISTS (SELECT 1 FROM gone)`,
);
const known = statement('logs_known', 'SELECT lines FROM job_logs WHERE job_id = $1 AND token = $2::bigint');

const readHead = statement(
  'logs_head', 'SELECT earlier_lines + lines AS "lastLine" FROM job_logs WHERE job_id = $1',
);
const readFile = statement(
  'logs_file',
  `SELECT id, object_key AS "objectKey", size_bytes AS bytes, last_line AS "lastLine", parts
    FROM log_files WHERE job_id = $1`,
);
/** Chunks that one read looks at. */
const readAtOnce = 256;
const readChunks = statement(
  'logs_read',
  `SELECT first_line AS "firstLine", line_count AS "lineCount", body FROM (
      SELECT first_line, line_count, body,
        sum(octet_length(body)) OVER (ORDER BY first_line) - octet_length(body) AS before
      FROM (
        SELECT first_line, line_count, body FROM log_chunks WHERE job_id = $1 AND first_line >= coalesce(
          (SELECT max(first_line) FROM log_chunks WHERE job_id = $1 AND first_line <= $2::bigint), 0)
        ORDER BY first_line LIMIT ${readAtOnce}
      ) near
    ) sized WHERE before < $3::bigint AND first_line + line_count > $2::bigint ORDER BY first_line`,
);
const progress = statement(
  'logs_progress',
  `SELECT j.id AS "jobId", coalesce(l.earlier_lines + l.lines, 0) AS "lastLine", j.ended_at IS NOT NULL AS "hasEnded"
    FROM (SELECT id, ended_at FROM jobs WHERE id = ANY($1::text[]) OFFSET 0) j
    LEFT JOIN LATERAL (SELECT * FROM job_logs WHERE job_id = j.id OFFSET 0) l ON TRUE`,
);
const unsealed = (logs: string): string => `SELECT l.job_id AS "jobId", j.kind, j.owner_id AS "ownerId",
    j.ended_at AS "endedAt", l.earlier_lines + l.lines AS "lastLine", l.bytes,
    (SELECT count(*) FROM (SELECT 1 FROM log_chunks c WHERE c.job_id = l.job_id LIMIT 2) c)::integer AS chunks,
    EXISTS (SELECT 1 FROM log_files f WHERE f.job_id = l.job_id) AS "hasFile"
  FROM (${logs} OFFSET 0) l, LATERAL (SELECT kind, owner_id, ended_at FROM jobs_ended WHERE id = l.job_id OFFSET 0) j`;
const unsealedOf = statement(
  'logs_unsealed_of',
  `${unsealed('SELECT * FROM job_logs WHERE job_id = ANY($1::text[]) AND seal_id IS NULL')} LIMIT $2`,
);
const unsealedAfter = statement(
  'logs_unsealed',
  `${unsealed('SELECT * FROM job_logs WHERE seal_id IS NULL AND job_id > $1 ORDER BY job_id')} LIMIT $2`,
);
const close = statement(
  'logs_close',
  `UPDATE job_logs l SET seal_id = '' FROM unnest($1::text[], $2::bigint[]) AS c (job_id, last_line)
    WHERE l.job_id = ANY($1::text[]) AND l.job_id = c.job_id AND l.earlier_lines + l.lines = c.last_line
      AND l.seal_id IS NULL`,
);
const expect = statement(
  'logs_expect',
  `INSERT INTO log_objects (object_key, due_at, leaving) VALUES ($1, $2, FALSE)
    ON CONFLICT (object_key) DO UPDATE SET due_at = excluded.due_at, leaving = FALSE`,
);
const loose = statement(
  'logs_loose',
  `UPDATE log_objects SET due_at = $1::bigint + $2::bigint, leaving = TRUE WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM log_objects WHERE due_at <= $1::bigint ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
  )) RETURNING object_key AS key`,
);
const forget = statement(
  'logs_forget', 'DELETE FROM log_objects WHERE object_key = ANY($1::text[]) AND leaving',
);

export function createLogChunks(database: Database): LogChunks {
  return {
    async append({ jobId, token }, chunk, keep): Promise<LogAppended> {
      assertChunk(chunk, keep);
      const { firstLine, lineCount, body } = chunk;
      const [, before, , now] = await database.write<{ known?: number; lines?: number }>([
        { statement: hold, values: [jobId, token] },
        { statement: append, values: [jobId, token, firstLine, lineCount, body] },
        { statement: trim, values: [jobId, keep.lines, keep.bytes] },
        { statement: known, values: [jobId, token] },
      ]);
      const [row] = before?.rows ?? [];
      if (row?.known !== undefined) return appended(chunk, row.known);
      // One that is there is acknowledged whatever became of its lease: its answer may have been lost.
      const lines = now?.rows[0]?.lines ?? 0;
      const outcome = appended(chunk, lines);
      return outcome.outcome === 'known' ? outcome : { outcome: 'lost' };
    },
    async read(jobId, { fromLine, maxBytes }) {
      const [heads, files, chunks] = await database.snapshot([
        { statement: readHead, values: [jobId] },
        { statement: readFile, values: [jobId] },
        { statement: readChunks, values: [jobId, fromLine, maxBytes] },
      ]);
      const [head] = heads as { readonly lastLine: number }[];
      if (head === undefined) return null;
      const [file] = files as (Omit<LogFile, 'parts'> & { readonly parts: string })[];
      return {
        lastLine: head.lastLine,
        file: file === undefined ? null : { ...file, parts: readParts(file.parts) },
        chunks: chunks as LogChunk[],
      };
    },
    progress: (jobIds) => database.read<LogProgress>(progress, [jobIds]),
    async unsealed({ limit, ...which }) {
      assertLimit(limit, 1_000);
      return 'jobIds' in which
        ? database.read<UnsealedLog>(unsealedOf, [which.jobIds, limit])
        : database.read<UnsealedLog>(unsealedAfter, [which.after, limit]);
    },
    async close(logs) {
      const sorted = logs.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
      const values = [sorted.map(({ jobId }) => jobId), sorted.map(({ lastLine }) => lastLine)];
      await database.write([{ statement: close, values }]);
    },
    async seal(sealed) {
      const [answer] = await database.write<{ sealed: boolean }>(sealingCalls(sealed));
      return (answer?.rows.length ?? 0) > 0;
    },
    async expectObject(objectKey, dueAt) {
      await database.write([{ statement: expect, values: [objectKey, dueAt] }]);
    },
    async looseObjects({ now, leaseMs, limit }) {
      assertLimit(limit, 1_000);
      const [answer] = await database.write<{ key: string }>([{ statement: loose, values: [now, leaseMs, limit] }]);
      return (answer?.rows ?? []).map(({ key }) => key);
    },
    async forgetObjects(objectKeys) {
      await database.write([{ statement: forget, values: [objectKeys] }]);
    },
  };
}
