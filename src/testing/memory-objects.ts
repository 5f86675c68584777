import { assertObjectKey } from '../domain/object-key.ts';
import {
  assertListLimit,
  assertPresign,
  assertRange,
  bytesOf,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
  type PresignGet,
  type PresignPut,
} from '../ports/object-store.ts';
import type { Clock } from '../ports/world.ts';

/** Objects in a map, for tests of what does not care where they are. Its URLs name the key and lead nowhere. */
export function createMemoryObjects(clock: Clock): ObjectStore {
  const objects = new Map<string, { readonly info: ObjectInfo; readonly body: Uint8Array<ArrayBuffer> }>();
  const presign = async (verb: string, key: string, options: PresignPut | PresignGet): Promise<string> => {
    assertPresign(key, options);
    const expires = clock.now() + options.expiresInSeconds * 1000;
    return `memory://${verb}/${encodeURIComponent(key)}?expires=${expires}`;
  };
  return {
    name: 'memory',
    presignPut: (key, options) => presign('put', key, options),
    presignGet: (key, options) => presign('get', key, options),
    put: async (key, given, { contentType }) => {
      assertObjectKey(key);
      const body = await bytesOf(given);
      const info = { key, size: body.length, modifiedAt: clock.now(), contentType };
      objects.set(key, { info, body: new Uint8Array(body) });
    },
    get: async (key, range) => {
      assertObjectKey(key);
      if (range !== undefined) assertRange(range);
      const found = objects.get(key);
      if (found === undefined) return null;
      const { offset, length } = range ?? { offset: 0, length: found.body.length };
      return { info: found.info, body: new Blob([found.body.slice(offset, offset + length)]).stream() };
    },
    uri: (key) => `memory:///${key}`,
    head: async (key) => {
      assertObjectKey(key);
      return objects.get(key)?.info ?? null;
    },
    delete: async (keys) => {
      for (const key of keys) objects.delete(key);
    },
    list: async (prefix, { limit, cursor = '' } = {}): Promise<ObjectPage> => {
      const wanted = [...objects.values()].map(({ info }) => info).filter(({ key }) => key.startsWith(prefix));
      const after = wanted.filter(({ key }) => compare(key, cursor) > 0).sort((a, b) => compare(a.key, b.key));
      const page = after.slice(0, assertListLimit(limit));
      return { objects: page, cursor: page.length < after.length ? (page.at(-1)?.key ?? null) : null };
    },
    check: async () => {},
  };
}

const encoder = new TextEncoder();

/** By the bytes of UTF-8, which is not how JavaScript compares text. */
function compare(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
