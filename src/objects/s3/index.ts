/**
 * Objects in an S3-compatible bucket (AWS, Ceph, MinIO, R2's S3 endpoint …). Clients up- and download
 * straight from there by presigned URL. Web standards only: runs on Node and on Workers.
 *
 * The bucket enforces what is signed. AWS's presigned GET does not answer HEAD, and no S3 limits the
 * size of an upload whose length was not signed: sign `contentLength`.
 */
import { assertObjectKey } from '../../domain/object-key.ts';
import {
  assertContentType,
  assertListLimit,
  assertRange,
  ObjectStoreFailure,
  type ObjectInfo,
  type ObjectStore,
} from '../../ports/object-store.ts';
import type { Clock } from '../../ports/world.ts';
import { bucketAddress } from './address.ts';
import { readText } from './bodies.ts';
import { parseError, parseListAnswer, type ListAnswer } from './list-xml.ts';
import { assertPutBytes, createPresigning } from './presign.ts';
import {
  maxErrorBytes,
  sendRequest,
  type RequesterParts,
  type RetryOptions,
  type S3Request,
} from './requests.ts';
import { createSigV4Signer } from './sigv4.ts';

export interface S3ObjectsOptions {
  /** "https://host[:port][/path]", as this server reaches it. */
  readonly endpoint: string;
  /** As clients reach it, when that is another one; presigned URLs are signed for its host. */
  readonly publicEndpoint?: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `<endpoint>/<bucket>/<key>` when true, `<bucket>.<endpoint>/<key>` when false; default true. */
  readonly forcePathStyle?: boolean;
  readonly clock: Clock;
  /** Longest wait for an answer, and for more of a body, in milliseconds; default 30,000. */
  readonly timeoutMs?: number;
  /** Default: 4 attempts, 100 ms doubled up to 2,000 ms, with jitter. */
  readonly retry?: RetryOptions;
  readonly fetch?: typeof fetch;
}

/** 1,000 keys of 1,024 bytes, each escaped to three times its length, with half a kilobyte around it. */
const maxListBytes = 8 * 1024 * 1024;

const deletesAtOnce = 16;

/** Throws TypeError when an option cannot be right. Connects to nothing. */
export function createS3Objects(options: S3ObjectsOptions): ObjectStore {
  for (const name of ['region', 'accessKeyId', 'secretAccessKey'] as const) {
    if (options[name] === '') throw new TypeError(`the S3 option ${name} is empty`);
  }
  const { bucket, clock, forcePathStyle = true } = options;
  const address = bucketAddress(options.endpoint, bucket, forcePathStyle);
  const signer = createSigV4Signer(options);
  const parts: RequesterParts = {
    address,
    signer,
    clock,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    timeoutMs: options.timeoutMs ?? 30_000,
    retry: options.retry ?? { attempts: 4, baseDelayMs: 100, maxDelayMs: 2_000 },
  };
  const outside =
    options.publicEndpoint === undefined ? address : bucketAddress(options.publicEndpoint, bucket, forcePathStyle);
  return { name: 's3', ...createPresigning(outside, signer, clock), ...createBucketObjects(parts) };
}

type BucketObjects = Pick<ObjectStore, 'put' | 'get' | 'head' | 'delete' | 'list' | 'check'>;

function createBucketObjects(parts: RequesterParts): BucketObjects {
  const store: BucketObjects = {
    async put(key, body, { contentType }) {
      assertObjectKey(key);
      assertContentType(contentType);
      assertPutBytes(body.byteLength);
      const headers = { 'content-type': contentType };
      await sendRequest(parts, { method: 'PUT', key, headers, body }, readWhole);
    },

    async get(key, range) {
      assertObjectKey(key);
      if (range !== undefined) assertRange(range);
      const headers = range && { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
      const request: S3Request = {
        method: 'GET', key, alsoGood: headers ? [404, 416] : [404], ...(headers && { headers }),
      };
      const got = await sendRequest(parts, request, async (response) => {
        if (response.status === 404) return nothingThere(response);
        // It begins behind the object's end.
        if (response.status === 416) return readWhole(response).then(() => 'none' as const);
        if (headers !== undefined && response.status !== 206) {
          await response.body?.cancel();
          throw badAnswer(key, 'the answer has all of it, and a part was asked for');
        }
        const body = response.body ?? emptyStream();
        try {
          return { info: infoOf(key, response), body };
        } catch (error) {
          await body.cancel();
          throw error;
        }
      });
      if (got !== 'none') return got;
      const info = await store.head(key);
      return info && { info, body: emptyStream() };
    },

    async head(key) {
      assertObjectKey(key);
      const request: S3Request = { method: 'HEAD', key, alsoGood: [404] };
      return sendRequest(parts, request, (response) => (response.status === 404 ? null : infoOf(key, response)));
    },

    async delete(keys) {
      for (const key of keys) assertObjectKey(key);
      await forEachAtOnce(deletesAtOnce, new Set(keys), (key) =>
        sendRequest(parts, { method: 'DELETE', key, alsoGood: [404] }, (response) =>
          response.status === 404 ? nothingThere(response) : readWhole(response),
        ),
      );
    },

    async list(prefix, { limit, cursor } = {}) {
      const answer = await listPage(parts, prefix, assertListLimit(limit), cursor);
      return { objects: answer.objects, cursor: answer.nextToken };
    },

    async check() {
      const key = `.waybill/check-${crypto.randomUUID()}`;
      await listPage(parts, key, 1, undefined);
      await store.put(key, new Uint8Array(0), { contentType: 'text/plain' });
      await store.delete([key]);
    },
  };
  return store;
}

/** After the first failure none is begun; it is thrown when those under way have ended. */
async function forEachAtOnce<T>(
  most: number,
  values: Iterable<T>,
  work: (value: T) => Promise<unknown>,
): Promise<void> {
  const left = [...values];
  const worker = async () => {
    try {
      for (let value = left.pop(); value !== undefined; value = left.pop()) await work(value);
    } catch (error) {
      left.length = 0;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(most, left.length) }, worker));
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function listPage(
  parts: RequesterParts,
  prefix: string,
  limit: number,
  cursor: string | undefined,
): Promise<ListAnswer> {
  const query: [string, string][] = [
    ['list-type', '2'],
    ['encoding-type', 'url'],
    ['max-keys', String(limit)],
    ['prefix', prefix],
  ];
  if (cursor !== undefined) query.push(['continuation-token', cursor]);
  return sendRequest(parts, { method: 'GET', key: null, query }, async (response) => {
    const text = await readText(response, maxListBytes);
    try {
      return parseListAnswer(text);
    } catch (error) {
      const message = `S3's list cannot be read: ${(error as Error).message}`;
      throw new ObjectStoreFailure(message, { retryable: false, cause: error });
    }
  });
}

function infoOf(key: string, response: Response): ObjectInfo {
  const { headers } = response;
  const size = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] ?? headers.get('content-length');
  const modifiedAt = Date.parse(headers.get('last-modified') ?? '');
  // fetch unpacks such a body: its length would not be `size`, and an uploader could make it huge.
  if (headers.has('content-encoding')) throw badAnswer(key, 'it was stored with a Content-Encoding');
  if (size === null || !/^\d{1,15}$/.test(size)) throw badAnswer(key, 'the answer has no Content-Length');
  if (Number.isNaN(modifiedAt)) throw badAnswer(key, 'the answer has no Last-Modified');
  const contentType = headers.get('content-type') ?? 'application/octet-stream';
  return { key, size: Number(size), contentType, modifiedAt };
}

function badAnswer(key: string, why: string): ObjectStoreFailure {
  return new ObjectStoreFailure(`S3's object ${JSON.stringify(key)} cannot be read: ${why}`, { retryable: false });
}

/** A 404 may mean something other than "no such object". HEAD cannot tell; `check` can. */
async function nothingThere(response: Response): Promise<null> {
  if (parseError(await readText(response, maxErrorBytes))?.code !== 'NoSuchBucket') return null;
  throw new ObjectStoreFailure('S3 says that there is no such bucket', { retryable: false });
}

/** To its end, so that the connection can be used again. */
async function readWhole(response: Response): Promise<null> {
  await readText(response, maxErrorBytes);
  return null;
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
