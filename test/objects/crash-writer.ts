/**
 * A program to be killed: `crash-writer.ts <folder> overwrite` replaces one object again and again and
 * prints each version that was acknowledged; `... upload` hangs in the middle of one upload.
 */
import { createFilesystemObjects } from '../../src/objects/filesystem/index.ts';

const [folder = '', mode = ''] = process.argv.slice(2);
const objects = createFilesystemObjects({
  folder,
  publicUrl: 'http://store.test',
  secret: 'a secret that only tests have',
  clock: { now: () => Date.now() },
});

const size = 300_000;
const url = await objects.presignPut('crash/object', { expiresInSeconds: 3600 });

if (mode === 'overwrite') {
  for (let version = 1; ; version++) {
    const body = new Uint8Array(size).fill(version % 256);
    const headers = { 'Content-Type': `version/${version}` };
    const response = await objects.handle(new Request(url, { method: 'PUT', headers, body }));
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    process.stdout.write(`${version}\n`);
  }
}

let pulls = 0;
const never = new ReadableStream<Uint8Array>({
  async pull(controller) {
    // Asked again: the first chunk has been written.
    if (++pulls === 2) process.stdout.write('half\n');
    if (pulls > 1) await new Promise(() => setInterval(() => {}, 1000));
    controller.enqueue(new Uint8Array(size).fill(255));
  },
}, { highWaterMark: 0 });
await objects.handle(new Request(url, { method: 'PUT', body: never, duplex: 'half' } as RequestInit));
