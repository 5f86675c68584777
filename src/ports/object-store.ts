/**
 * Objects: blobs under a key, written and read through presigned URLs from outside and through the methods below from
 * inside. Keys are relative paths with `/`, 1 to 1,024 bytes of UTF-8; `assertObjectKey` in `domain/object-key.ts`
 * defines which are refused.
 *
 * Every method throws InvariantViolation for a key or option outside its range (a bug in the caller), and
 * ObjectStoreFailure if the store fails.
 */
import { InvariantViolation } from '../domain/errors.ts';
import { assertObjectKey } from '../domain/object-key.ts';
import type { NotWritableReason } from './store/unreachable.ts';

/** What a list tells of an object; S3's list gives no content type. */
export interface ObjectSummary {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, as the store saw the last write. S3 gives whole seconds in `head`. */
  readonly modifiedAt: number;
}

export interface ObjectInfo extends ObjectSummary {
  readonly contentType: string;
}

export interface PresignPut {
  /** Seconds from now; 1 to 604,800 (SigV4's limit of seven days). */
  readonly expiresInSeconds: number;
  /** When given, an upload with another Content-Type is refused. 1 to 255 printable ASCII characters. */
  readonly contentType?: string;
  /** When given, an upload of another length is refused. Bytes. */
  readonly contentLength?: number;
}

export interface PresignGet {
  readonly expiresInSeconds: number;
}

/** Bytes of an object: as many of them as it has. */
export interface ObjectRange {
  readonly offset: number;
  /** From 1. */
  readonly length: number;
}

/** The contents of an object that is too large for memory. */
export interface ObjectParts {
  /** Of all parts. */
  readonly byteLength: number;
  /**
   * In order; called again when an upload is tried again. What it throws fails the upload. A part is good until the
   * next one is asked for: its memory may be freed then.
   */
  parts(): AsyncIterable<Uint8Array>;
}

export interface ObjectPage {
  readonly objects: readonly ObjectSummary[];
  /** Pass it on to get the next page; null at the end. */
  readonly cursor: string | null;
}

export interface ObjectStore {
  /** For logs and `doctor`: "filesystem", "s3", "r2". */
  readonly name: string;
  /** An absolute URL that takes one PUT. Signing does no I/O. */
  presignPut(key: string, options: PresignPut): Promise<string>;
  /** An absolute URL that answers GET and, on the file system, HEAD. Signing does no I/O. */
  presignGet(key: string, options: PresignGet): Promise<string>;
  /** Replaces what was there; a reader sees the old object or the new one, never a part. */
  put(key: string, body: Uint8Array | ObjectParts, options: { readonly contentType: string }): Promise<void>;
  /**
   * Null when there is no such object. The caller reads or cancels the stream. `info` is of the whole object, whatever
   * range of it is read.
   */
  get(
    key: string,
    range?: ObjectRange,
  ): Promise<{ readonly info: ObjectInfo; readonly body: ReadableStream<Uint8Array> } | null>;
  head(key: string): Promise<ObjectInfo | null>;
  /** Where the object is, for people and other programs: `file:///…`, `s3://bucket/key`. Does no I/O. */
  uri(key: string): string;
  /** Deleting what is not there is no error. */
  delete(keys: readonly string[]): Promise<void>;
  /** In key order (bytes of UTF-8). `prefix` is a plain string prefix; limit 1 to 1,000, which is the default. */
  list(prefix: string, options?: { readonly limit?: number; readonly cursor?: string }): Promise<ObjectPage>;
  /** Throws with a clear message when the store cannot be reached or written. */
  check(): Promise<void>;
}

/** The store cannot be reached, is full, refuses the credentials or holds a damaged object. */
export class ObjectStoreFailure extends Error {
  override readonly name = 'ObjectStoreFailure';
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Why nothing can be written, if the disk is the cause; existing objects can still be read. */
  readonly reason: NotWritableReason | null;

  constructor(
    message: string,
    options: { readonly retryable: boolean; readonly reason?: NotWritableReason | null; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = options.retryable;
    this.reason = options.reason ?? null;
  }
}

/** SigV4's longest life of a presigned URL: seven days. */
const maxPresignSeconds = 604_800;
const maxListLimit = 1_000;

/** Why a Content-Type is refused, or null when it is good: 1 to 255 printable ASCII characters, no space at an end. */
export function contentTypeProblem(value: string): string | null {
  return /^[!-~](?:[ -~]{0,253}[!-~])?$/.test(value) ? null : 'it must be 1 to 255 printable ASCII characters';
}

export function assertContentType(value: string): void {
  const problem = contentTypeProblem(value);
  if (problem !== null) throw new InvariantViolation(`content type ${JSON.stringify(value)}: ${problem}`);
}

/** Refuses what no store could sign. */
export function assertPresign(key: string, options: PresignPut | PresignGet): void {
  assertObjectKey(key);
  const seconds = options.expiresInSeconds;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > maxPresignSeconds) {
    throw new InvariantViolation(`expiresInSeconds is ${seconds}; it must be whole, 1 to ${maxPresignSeconds}`);
  }
  if (!('contentType' in options || 'contentLength' in options)) return;
  if (options.contentType !== undefined) assertContentType(options.contentType);
  const length = options.contentLength;
  if (length !== undefined && (!Number.isSafeInteger(length) || length < 0)) {
    throw new InvariantViolation(`contentLength is ${length}; it must be a whole number of bytes`);
  }
}

export function assertRange({ offset, length }: ObjectRange): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 1) return;
  throw new InvariantViolation(`no object has ${length} bytes from ${offset} on`);
}

/** The limit to use: the given one, or the largest. */
export function assertListLimit(limit: number | undefined): number {
  if (limit === undefined) return maxListLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxListLimit) {
    throw new InvariantViolation(`list limit is ${limit}; it must be a whole number, 1 to ${maxListLimit}`);
  }
  return limit;
}

export async function* partsOf(body: Uint8Array | ObjectParts): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body.parts();
}

/** All of it in memory. */
export async function bytesOf(body: Uint8Array | ObjectParts): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const bytes = new Uint8Array(body.byteLength);
  let at = 0;
  for await (const part of body.parts()) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
