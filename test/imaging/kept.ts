import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';

const cache = fileURLToPath(new URL('../../node_modules/.cache/waybill-test', import.meta.url));

export function digest(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** What takes long to find and is the same in each run, found once: `key` has to tell all that it depends on. */
export async function kept<T>(folder: string, key: string, find: () => T | Promise<T>): Promise<T> {
  const file = join(cache, folder, key);
  try {
    return deserialize(readFileSync(file)) as T;
  } catch {
    const found = await find();
    const written = `${file}.${process.pid}`;
    mkdirSync(join(cache, folder), { recursive: true });
    writeFileSync(written, serialize(found));
    renameSync(written, file);
    return found;
  }
}
