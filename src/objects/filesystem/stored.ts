/** What happens to the stored objects from inside the server: everything of the port but the URLs. */
import { randomUUID } from 'node:crypto';
import { open, rmdir, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvariantViolation } from '../../domain/errors.ts';
import {
  assertContentType, assertListLimit, assertRange, ObjectStoreFailure, partsOf, type ObjectStore,
} from '../../ports/object-store.ts';
import type { Clock } from '../../ports/world.ts';
import { syncFolder } from './folders.ts';
import { codeOf, diskReasonOf, folderExists, isMissing, PathRefused, pathOfKey, unlessMissing } from './layout.ts';
import { listObjects } from './listing.ts';
import { openObject } from './reading.ts';
import { writeObject, type Places } from './writing.ts';

export type StoredObjects = Pick<ObjectStore, 'put' | 'get' | 'head' | 'uri' | 'delete' | 'list' | 'check'>;

/** What the server writes itself may have so much, however little clients may upload: logs are larger than photos. */
const maxPutBytes = 1024 ** 3;

export function createStoredObjects(places: Places, maxObjectBytes: number, clock: Clock): StoredObjects {
  const failing = <T>(doing: string, work: () => Promise<T>) => withClearErrors(doing, places.root, work);
  return {
    async put(key, body, { contentType }) {
      assertContentType(contentType);
      const maxBytes = Math.max(maxObjectBytes, maxPutBytes);
      const exactBytes = body.byteLength;
      if (exactBytes > maxBytes) {
        throw new InvariantViolation(`an object may have ${maxBytes} bytes; this has ${exactBytes}`);
      }
      const write = { contentType, maxBytes, exactBytes, onlyIfAbsent: false, now: clock.now() };
      const result = await failing('write', () => writeObject(places, key, partsOf(body), write));
      if (!result.ok) throw new InvariantViolation(`the parts of an object do not have ${exactBytes} bytes`);
    },

    get: (key, range) =>
      failing('read', async () => {
        if (range !== undefined) assertRange(range);
        const object = await openObject(places.root, key);
        if (object === null) return null;
        const { size } = object.info;
        const first = Math.min(range?.offset ?? 0, size);
        const body = await object.read(first, Math.min(first + (range?.length ?? size), size) - 1);
        return { info: object.info, body: body instanceof Uint8Array ? streamOf(body) : body };
      }),

    head: (key) =>
      failing('read', async () => {
        const object = await openObject(places.root, key);
        await object?.close();
        return object?.info ?? null;
      }),

    uri: (key) => pathToFileURL(pathOfKey(places.root, key)).href,

    async delete(keys) {
      const byFolder = Map.groupBy(new Set(keys.map((key) => pathOfKey(places.root, key))), dirname);
      await failing('delete', async () => {
        for (const [folder, paths] of byFolder) await deleteFiles(places, folder, paths);
      });
    },

    async list(prefix, { limit, cursor } = {}) {
      const most = assertListLimit(limit);
      return failing('list', () => listObjects(places.root, prefix, most, cursor ?? ''));
    },

    check: () => failing('write', () => checkWritable(places, maxObjectBytes)),
  };
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

async function deleteFiles(places: Places, folder: string, paths: readonly string[]): Promise<void> {
  if (!(await folderExists(folder))) return;
  for (const path of paths) await unlink(path).catch(unlessMissing);
  await syncFolder(await prune(places.root, folder));
}

/** The folder, or the first above it that is not empty. */
async function prune(root: string, folder: string): Promise<string> {
  let left = folder;
  while (left !== root && (await removeIfEmpty(left))) left = dirname(left);
  return left;
}

async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    // EEXIST is how some systems say "not empty"; EBUSY: it is a mount point.
    if (isMissing(error)) return true;
    if (['ENOTEMPTY', 'EEXIST', 'EBUSY'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

async function checkWritable(places: Places, neededBytes: number): Promise<void> {
  await stat(places.root);
  const probe = join(places.incoming, `${process.pid}.check.${randomUUID()}`);
  const handle = await open(probe, 'wx', 0o600);
  try {
    await handle.write('check');
    await handle.sync();
  } finally {
    await handle.close();
    await unlink(probe);
  }
  const space = await statfs(places.root);
  const free = space.bavail * space.bsize;
  if (free < neededBytes) {
    const message = `${places.root} has ${free} bytes free, less than one object may have (${neededBytes})`;
    throw new ObjectStoreFailure(message, { retryable: true, reason: 'disk_full' });
  }
}

/** The system's errors become the port's; a full disk or too many open files may pass. */
async function withClearErrors<T>(doing: string, folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || error instanceof PathRefused) throw error;
    const reason = diskReasonOf(error);
    const retryable = reason !== null || code === 'EMFILE' || code === 'ENFILE';
    const message = `cannot ${doing} objects in ${folder}: ${(error as Error).message}`;
    throw new ObjectStoreFailure(message, { retryable, reason, cause: error });
  }
}
