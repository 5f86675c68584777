import type { ObjectRange, ObjectStore } from '../../ports/object-store.ts';

/** Null when there is no such object. */
export async function readObject(
  objects: Pick<ObjectStore, 'get'>,
  key: string,
  range?: ObjectRange,
): Promise<Uint8Array | null> {
  const got = await objects.get(key, range);
  return got && new Uint8Array(await new Response(got.body).arrayBuffer());
}
