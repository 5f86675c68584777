import { partsText, type SealedLog } from '../../ports/store/log-chunks.ts';
import { statement, type Call } from './statement.ts';

/**
 * The log's row is held from here on: whoever appends waits for the end of the sealing, and another one that seals then
 * finds it sealed. What follows goes by its `seal_id`, which nobody else has.
 */
const begin = statement(
  'logs_seal',
  `WITH held AS MATERIALIZED (
      SELECT job_id FROM job_logs WHERE job_id = $1 AND earlier_lines + lines = $2::bigint AND seal_id IS NULL
        AND (SELECT id FROM log_files WHERE job_id = $1) IS NOT DISTINCT FROM $4::text
      FOR UPDATE
    ), taken AS (
      DELETE FROM log_objects WHERE object_key = $5::text AND NOT leaving AND EXISTS (SELECT 1 FROM held) RETURNING 1
    )
    UPDATE job_logs SET seal_id = $3, bytes = $6::bigint
    WHERE job_id = ANY(ARRAY(SELECT job_id FROM held)) AND ($5::text IS NULL OR EXISTS (SELECT 1 FROM taken))
    RETURNING TRUE AS sealed`,
);
const isSealed = 'EXISTS (SELECT 1 FROM job_logs WHERE job_id = $1 AND seal_id = $2)';
const leave = statement(
  'logs_seal_leave',
  `WITH gone AS (DELETE FROM log_files WHERE job_id = $1 AND ${isSealed} RETURNING object_key)
    INSERT INTO log_objects (object_key, due_at, leaving) SELECT object_key, 0, TRUE FROM gone`,
);
const clear = statement('logs_seal_clear', `DELETE FROM log_chunks WHERE job_id = $1 AND ${isSealed}`);
const putChunk = statement(
  'logs_seal_chunk',
  `INSERT INTO log_chunks (job_id, first_line, line_count, body)
    SELECT $1, $3::bigint, $4::integer, $5::bytea WHERE ${isSealed}`,
);
const putFile = statement(
  'logs_seal_file',
  `INSERT INTO log_files (job_id, id, object_key, storage_uri, size_bytes, entry_count, last_line, parts, created_at,
      expires_at)
    SELECT $1, $2, $3::text, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::text, $9::bigint, $10::bigint
    WHERE ${isSealed}`,
);

/** The first answers a row if it is done; else none of them changes anything. */
export function sealingCalls({ id, jobId, lastLine, replaces, file, chunks }: SealedLog): Call[] {
  const bytes = chunks.reduce((sum, { body }) => sum + body.byteLength, 0);
  const calls: Call[] = [
    { statement: begin, values: [jobId, lastLine, id, replaces, file?.objectKey ?? null, bytes] },
    { statement: leave, values: [jobId, id] },
    { statement: clear, values: [jobId, id] },
  ];
  for (const chunk of chunks) {
    calls.push({ statement: putChunk, values: [jobId, id, chunk.firstLine, chunk.lineCount, chunk.body] });
  }
  if (file !== null) {
    const { objectKey, storageUri, entryCount, parts, createdAt, expiresAt } = file;
    calls.push({
      statement: putFile,
      values: [
        jobId, id, objectKey, storageUri, file.bytes, entryCount, file.lastLine, partsText(parts), createdAt, expiresAt,
      ],
    });
  }
  return calls;
}
