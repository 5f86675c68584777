/**
 * Objects in an R2 bucket that is bound to a Worker: what the server does itself goes by the binding, which is
 * nearer than R2's S3 endpoint and needs no credentials. Presigning needs them: it is taken from elsewhere.
 */
import { assertObjectKey } from '../../domain/object-key.ts';
import {
  assertContentType,
  assertListLimit,
  assertRange,
  bytesOf,
  ObjectStoreFailure,
  type ObjectInfo,
  type ObjectStore,
} from '../../ports/object-store.ts';

/** https://developers.cloudflare.com/r2/api/workers/workers-api-reference/ */
export interface R2Bucket {
  put(
    key: string,
    body: Uint8Array,
    options: { readonly httpMetadata: { readonly contentType: string } },
  ): Promise<unknown>;
  get(
    key: string,
    options?: { readonly range: { readonly offset: number; readonly length: number } },
  ): Promise<(R2Object & { readonly body: ReadableStream<Uint8Array> }) | null>;
  head(key: string): Promise<R2Object | null>;
  delete(keys: string | string[]): Promise<void>;
  list(options: { readonly prefix: string; readonly limit: number; readonly cursor?: string }): Promise<{
    readonly objects: readonly R2Object[];
    readonly truncated: boolean;
    readonly cursor?: string;
  }>;
}

export interface R2Object {
  readonly key: string;
  readonly size: number;
  readonly uploaded: Date;
  readonly httpMetadata?: { readonly contentType?: string };
}

/** R2 deletes so many keys at once. */
const deletesAtOnce = 1_000;

/** What R2's S3 endpoint is needed for. */
type Signing = Pick<ObjectStore, 'presignPut' | 'presignGet' | 'uri'>;

export function createR2Objects(bucket: R2Bucket, signing: Signing): ObjectStore {
  return {
    name: 'r2',
    presignPut: (key, options) => signing.presignPut(key, options),
    presignGet: (key, options) => signing.presignGet(key, options),
    async put(key, body, { contentType }) {
      assertObjectKey(key);
      assertContentType(contentType);
      await reaching(bucket.put(key, await bytesOf(body), { httpMetadata: { contentType } }));
    },
    uri: (key) => signing.uri(key),
    async get(key, range) {
      assertObjectKey(key);
      if (range === undefined) {
        const object = await reaching(bucket.get(key));
        return object && { info: infoOf(object), body: object.body };
      }
      assertRange(range);
      // R2 refuses a range that begins behind the object's end.
      const info = await reaching(bucket.head(key));
      if (info === null) return null;
      if (range.offset >= info.size) return { info: infoOf(info), body: new Blob([]).stream() };
      const length = Math.min(range.length, info.size - range.offset);
      const object = await reaching(bucket.get(key, { range: { offset: range.offset, length } }));
      return object && { info: infoOf(object), body: object.body };
    },
    async head(key) {
      assertObjectKey(key);
      const object = await reaching(bucket.head(key));
      return object && infoOf(object);
    },
    async delete(keys) {
      for (const key of keys) assertObjectKey(key);
      for (let from = 0; from < keys.length; from += deletesAtOnce) {
        await reaching(bucket.delete(keys.slice(from, from + deletesAtOnce)));
      }
    },
    async list(prefix, { limit, cursor } = {}) {
      const page = await reaching(
        bucket.list({ prefix, limit: assertListLimit(limit), ...(cursor === undefined ? {} : { cursor }) }),
      );
      const objects = page.objects.map(({ key, size, uploaded }) => ({ key, size, modifiedAt: uploaded.getTime() }));
      return { objects, cursor: page.truncated ? (page.cursor ?? null) : null };
    },
    async check() {
      await reaching(bucket.head('.waybill/check'));
    },
  };
}

function infoOf({ key, size, uploaded, httpMetadata }: R2Object): ObjectInfo {
  const contentType = httpMetadata?.contentType ?? 'application/octet-stream';
  return { key, size, contentType, modifiedAt: uploaded.getTime() };
}

async function reaching<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const message = `R2 did not do what was asked: ${error instanceof Error ? error.message : String(error)}`;
    throw new ObjectStoreFailure(message, { retryable: true, cause: error });
  }
}
