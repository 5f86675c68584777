import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFilesystemObjects, type FilesystemObjects } from '../../src/objects/filesystem/index.ts';
import { realClock } from './filesystem-server.ts';

const size = 300_000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): FilesystemObjects =>
  createFilesystemObjects({
    folder,
    publicUrl: 'http://store.test',
    secret: 'a secret that only tests have',
    clock: realClock,
  });

function startWriter(mode: 'overwrite' | 'upload'): { child: ChildProcess; lines: AsyncIterator<string> } {
  const program = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
}

describe('a server killed while it writes', () => {
  it('in the middle of an upload has the object from before, whole, and nothing of the upload', async () => {
    await open().put('crash/object', new Uint8Array(10).fill(1), { contentType: 'version/0' });
    const { child, lines } = startWriter('upload');
    expect((await lines.next()).value).toBe('half');
    expect((await readdir(join(folder, 'incoming'))).length).toBe(1);
    // A second store on the folder, as `doctor` opens one, leaves the running server's upload alone.
    open();
    expect((await readdir(join(folder, 'incoming'))).length).toBe(1);
    await kill(child);
    const objects = open();
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    expect(await objects.head('crash/object')).toMatchObject({ size: 10, contentType: 'version/0' });
  });

  it('between any two steps has the last acknowledged version or a later one, whole', async () => {
    for (let round = 0; round < 6; round++) {
      const { child, lines } = startWriter('overwrite');
      let acknowledged = 0;
      while (acknowledged < 3 + round) acknowledged = Number((await lines.next()).value);
      await kill(child);
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        acknowledged = Number(line.value);
      }
      const objects = open();
      const got = await objects.get('crash/object');
      const version = Number(got?.info.contentType.slice('version/'.length));
      expect([acknowledged, acknowledged + 1]).toContain(version);
      const body = new Uint8Array(await new Response(got?.body).arrayBuffer());
      expect([body.length, new Set(body)]).toEqual([size, new Set([version % 256])]);
      expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    }
  });

  it('leaves files that the next start removes, even if its pid is reused by then', async () => {
    open();
    const left = join(folder, 'incoming');
    const old = new Date(Date.now() - 2 * 3_600_000);
    await writeFile(join(left, `${process.pid}.earlier-process.1`), 'same number, as in a container');
    await writeFile(join(left, `1.long-silent.1`), 'process 1 is alive, but has not written for hours');
    await utimes(join(left, '1.long-silent.1'), old, old);
    await writeFile(join(left, `1.writing-now.1`), 'process 1 is alive');
    await writeFile(join(left, 'by hand'), 'no owner');
    open();
    expect(await readdir(left)).toEqual(['1.writing-now.1']);
  });
});
