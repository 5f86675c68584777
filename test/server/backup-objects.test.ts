import { mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyObjects } from '../../src/main/backup/objects.ts';
import { createFilesystemObjects } from '../../src/objects/filesystem/index.ts';

const [known, later] = ['01a22b81-4f98-7000-8112-ffa590189c37', '01a22b82-0000-7000-8000-00000000000a'];

test('objects of jobs that came after the copy of the database stay behind, and what goes away meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-objects-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const dataDir = join(folder, 'data');
  const target = join(folder, 'backup');
  mkdirSync(target);
  const store = createFilesystemObjects({
    folder: join(dataDir, 'objects'), publicUrl: 'http://127.0.0.1', secret: 'sixteen bytes at least',
    clock: { now: () => Date.now() },
  });
  const keys = [`inputs/mira/${known}/0.jpg`, `inputs/mira/${later}/0.jpg`, 'masks/sku/abc.png', 'masks/sku/gone.png'];
  for (const key of keys) await store.put(key, Buffer.from(key), { contentType: 'image/png' });
  const added: string[] = [];
  const report = await copyObjects({
    dataDir, target, older: null, signal: new AbortController().signal, onFile() {}, note() {},
    // As if all of them were written long after it.
    copiedAt: Date.now() - 60_000,
    hasJob(ids) {
      // The service that deletes objects does not wait for a backup.
      rmSync(join(dataDir, 'objects/objects/masks.d/sku.d/gone.png.f'), { force: true });
      return ids.includes(known);
    },
    sums: {
      add: async ({ path }) => void added.push(path),
      finish: () => Promise.reject(new Error('it is the caller who does so')),
      abandon: async () => {},
    },
  });
  expect(report).toMatchObject({ count: 2, linked: 0, damaged: 0 });
  const inputs = 'objects/objects/inputs.d/mira.d';
  expect(added).toEqual([`${inputs}/${known}.d/0.jpg.f`, 'objects/objects/masks.d/sku.d/abc.png.f']);
  expect(readdirSync(join(target, inputs))).toEqual([`${known}.d`]);
});
