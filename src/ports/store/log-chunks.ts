import { InvariantViolation } from '../../domain/errors.ts';
import type { WorkLease } from './work-store.ts';

/**
 * The logs of jobs, in chunks of lines: NDJSON, plain or compressed with gzip. The store does not read the contents of
 * chunks.
 *
 * A writer numbers the lines of its lease from 1 and keeps them until they are acknowledged, so a chunk that is sent
 * again is stored once. Within the job, a line's number is its own plus the number of lines of all earlier leases.
 * Missing numbers belong to lines that the writer had to drop.
 *
 * The log of a job that has ended is sealed: put into one object, or, if it is small, into as few chunks as possible.
 * If the job runs again, the log continues and is sealed again at the end.
 */
export interface LogChunks {
  /**
   * Stores a chunk if the lease is live, and deletes the oldest chunks beyond the limits. A chunk that is already
   * stored is `known`, even if the lease has ended; a chunk that is partly stored is not stored.
   */
  append(lease: WorkLease, chunk: NewLogChunk, keep: LogKeep): Promise<LogAppended>;
  /**
   * The extent of a log, and those of its chunks outside its file that have lines from `fromLine` (from 1) on, in
   * order: this many bytes of them (from 1) or a little more. All read at one moment. Null: nothing was ever logged.
   */
  read(jobId: string, options: { readonly fromLine: number; readonly maxBytes: number }): Promise<ReadLog | null>;
  /** Of up to 1,000 jobs; jobs without a log are omitted. */
  progress(jobIds: readonly string[]): Promise<readonly LogProgress[]>;
  /** Logs of jobs that have ended that are not sealed: of those named, or of all after a job's id. Limit 1 to 1,000. */
  unsealed(
    which: ({ readonly jobIds: readonly string[] } | { readonly after: string }) & { readonly limit: number },
  ): Promise<readonly UnsealedLog[]>;
  /** Seals logs as they are, except those to which something was added meanwhile. */
  close(logs: readonly Pick<UnsealedLog, 'jobId' | 'lastLine'>[]): Promise<void>;
  /** True if it was sealed according to `sealed`; false, without a change, if the log has changed since it was read. */
  seal(sealed: SealedLog): Promise<boolean>;
  /**
   * Notes an object before it is put: it is deleted from `dueAt` on unless `seal` has made it a log's file. So none is
   * left over, whatever dies when.
   */
  expectObject(objectKey: string, dueAt: number): Promise<void>;
  /** Keys of objects that belong to no log any more, the longest due first, now postponed until `now + leaseMs`. */
  looseObjects(options: { readonly now: number; readonly leaseMs: number; readonly limit: number }):
    Promise<readonly string[]>;
  /** They are deleted. */
  forgetObjects(objectKeys: readonly string[]): Promise<void>;
}

/** How much of a job's log is kept: the newest. */
export interface LogKeep {
  readonly lines: number;
  /** The stored size of chunks; at least `maxChunkBytes`. */
  readonly bytes: number;
}

/** The limit of a chunk, both as stored and uncompressed. */
export const maxChunkBytes = 262_144;
export const maxChunkLines = 10_000;

export interface NewLogChunk {
  /** Under the lease, from 1; null: whatever follows what is known, for a writer that does not count. */
  readonly firstLine: number | null;
  readonly lineCount: number;
  readonly body: Uint8Array;
}

/** `lines`: up to which number lines of the lease are known. `lost`: the lease is not the live one. */
export type LogAppended =
  | { readonly outcome: 'stored' | 'known' | 'overlap'; readonly lines: number }
  | { readonly outcome: 'lost' };

export interface LogChunk {
  /** Within the job. */
  readonly firstLine: number;
  readonly lineCount: number;
  readonly body: Uint8Array;
}

export interface ReadLog {
  /** The greatest number that was given. */
  readonly lastLine: number;
  /** Where the lines up to its `lastLine` are; null while all are in chunks. */
  readonly file: LogFile | null;
  readonly chunks: readonly LogChunk[];
}

export interface LogFile {
  readonly id: string;
  readonly objectKey: string;
  /** Of the object. */
  readonly bytes: number;
  readonly lastLine: number;
  readonly parts: readonly LogFilePart[];
}

/** Lines that follow each other, as gzip members of their own. In order, one after the other in the object. */
export interface LogFilePart {
  readonly firstLine: number;
  readonly lineCount: number;
  /** Of its first byte in the object. */
  readonly offset: number;
}

export interface LogProgress {
  readonly jobId: string;
  readonly lastLine: number;
  readonly hasEnded: boolean;
}

export interface UnsealedLog {
  readonly jobId: string;
  readonly kind: string;
  readonly ownerId: string;
  readonly endedAt: number;
  readonly lastLine: number;
  /** Of its chunks. */
  readonly bytes: number;
  /** 0, 1, or 2 for more. */
  readonly chunks: number;
  readonly hasFile: boolean;
}

export interface SealedLog {
  /** New for each try. */
  readonly id: string;
  readonly jobId: string;
  /** As it was read. */
  readonly lastLine: number;
  /** The id of the file that it had; null: it had none. */
  readonly replaces: string | null;
  /** All of the log, in an object that was expected; null: it is in `chunks`. */
  readonly file: (Omit<LogFile, 'id'> & {
    readonly storageUri: string;
    readonly entryCount: number;
    readonly createdAt: number;
    /** When it is deleted with its job; null: never. */
    readonly expiresAt: number | null;
  }) | null;
  readonly chunks: readonly LogChunk[];
}

/** Throws for what no caller may ask, whatever came from outside. */
export function assertChunk({ firstLine, lineCount, body }: NewLogChunk, keep: LogKeep): void {
  const isFirst = firstLine === null || (Number.isSafeInteger(firstLine) && firstLine >= 1);
  const isCount = Number.isInteger(lineCount) && lineCount >= 1 && lineCount <= maxChunkLines;
  if (!isFirst || !isCount || body.byteLength < 1 || body.byteLength > maxChunkBytes) {
    throw new InvariantViolation(`no chunk has ${lineCount} lines from ${firstLine} on in ${body.byteLength} bytes`);
  }
  if (keep.lines < 1 || keep.bytes < maxChunkBytes) {
    throw new InvariantViolation(`of a log 1 line and ${maxChunkBytes} bytes or more are kept`);
  }
}

/** The outcome of an append under a live lease. `known`: the number of its lines before. */
export function appended(
  { firstLine, lineCount }: NewLogChunk,
  known: number,
): Exclude<LogAppended, { readonly outcome: 'lost' }> {
  const first = firstLine ?? known + 1;
  const last = first + lineCount - 1;
  if (last <= known) return { outcome: 'known', lines: known };
  return first <= known ? { outcome: 'overlap', lines: known } : { outcome: 'stored', lines: last };
}

/** As a column has them: `[first line, lines, offset]` of each. */
export function partsText(parts: readonly LogFilePart[]): string {
  return JSON.stringify(parts.map(({ firstLine, lineCount, offset }) => [firstLine, lineCount, offset]));
}

export function readParts(text: string): LogFilePart[] {
  const parts = JSON.parse(text) as [number, number, number][];
  return parts.map(([firstLine, lineCount, offset]) => ({ firstLine, lineCount, offset }));
}
