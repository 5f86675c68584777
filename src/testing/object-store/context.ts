/** What the tests of the objects' contract have in hand. */
import type { ObjectInfo, ObjectStore } from '../../ports/object-store.ts';
import type { Clock } from '../../ports/world.ts';

export interface ObjectStoreUnderTest {
  /** Runs on the real time. */
  readonly store: ObjectStore;
  /** The same objects and the same secret, on another clock: signs URLs that are old already. */
  at(clock: Clock): ObjectStore;
  /** Reaches the URLs; default: the global fetch. */
  readonly fetch?: typeof fetch;
  close(): Promise<void>;
}

export interface ObjectStoreCapabilities {
  /** Bytes beyond which an upload is refused though its length was not signed; null: the store has no such limit. */
  readonly maxObjectBytes: number | null;
  /** Longest segment of a key in bytes; null: as long as a key may be. */
  readonly maxSegmentBytes: number | null;
  /** Whether a GET URL answers HEAD. AWS's do not: there the method is signed. */
  readonly headByGetUrl: boolean;
  /** Whether an upload takes `If-None-Match: *`. */
  readonly putIfAbsent: boolean;
}

export interface Context {
  readonly store: ObjectStore;
  readonly under: ObjectStoreUnderTest;
  readonly can: ObjectStoreCapabilities;
  readonly send: typeof fetch;
  /** A key of this run alone. */
  key(name: string): string;
}

export const text = { contentType: 'text/plain' };
export const minute = { expiresInSeconds: 60 };
export const bytesOf = (content: string) => new TextEncoder().encode(content);

export async function deleteAll(store: ObjectStore, prefix: string): Promise<void> {
  for (;;) {
    const page = await store.list(prefix);
    await store.delete(page.objects.map((object) => object.key));
    if (page.cursor === null) return;
  }
}

export async function read(store: ObjectStore, key: string): Promise<{ info: ObjectInfo; content: string } | null> {
  const got = await store.get(key);
  return got === null ? null : { info: got.info, content: await new Response(got.body).text() };
}

export async function keysOf(store: ObjectStore, prefix: string, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await store.list(prefix, cursor === undefined ? { limit } : { limit, cursor });
    pages.push(page.objects.map((object) => object.key));
    cursor = page.cursor;
  }
  return pages;
}
