import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Dependencies } from '../dependencies.ts';

/** The object that a log is in. */
export interface StoredLogFile {
  readonly jobId: string;
  /** `file:///…`, `s3://bucket/key`. */
  readonly storageUri: string;
  readonly sizeBytes: number;
  /** Lines in it. */
  readonly entryCount: number;
  /** For GETs until `expiresAt`. */
  readonly downloadUrl: string;
  readonly expiresAt: number;
}

const urlSeconds = 3_600;

/** Refused as long as there is none. */
export async function storedLogFile(
  { store, objects, clock }: Pick<Dependencies, 'store' | 'objects' | 'clock'>,
  { id, state, endedAt }: Pick<Job, 'id' | 'state' | 'endedAt'>,
): Promise<Result<StoredLogFile>> {
  if (endedAt === null) {
    return refuse('invalid_state', `The job is ${state}: its log is stored as a file when it has ended.`, { state });
  }
  const log = await store.logs.read(id, { fromLine: 1, maxBytes: 1 });
  if (log === null || log.lastLine === 0) return refuse('not_found', `Job ${id} has no log.`);
  const { file } = log;
  if (file === null || file.lastLine < log.lastLine) {
    const [unsealed] = await store.logs.unsealed({ jobIds: [id], limit: 1 });
    if (unsealed !== undefined) return refuse('unavailable', `The log of job ${id} is being stored: try again.`);
  }
  if (file === null) return refuse('not_found', `The log of job ${id} is too small for a file: read its lines.`);
  const { objectKey, bytes, parts } = file;
  return ok({
    jobId: id,
    storageUri: objects.uri(objectKey),
    sizeBytes: bytes,
    entryCount: parts.reduce((sum, { lineCount }) => sum + lineCount, 0),
    downloadUrl: await objects.presignGet(objectKey, { expiresInSeconds: urlSeconds }),
    expiresAt: clock.now() + urlSeconds * 1_000,
  });
}
