import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { createRestyler } from '../../src/imaging/local/index.ts';
import { removed, sample } from './samples.ts';

vi.setConfig({ testTimeout: 300_000 });

test('a restyler keeps no memory of a picture that it is done with', async () => {
  const restyler = await createRestyler({ timeoutMs: 600_000 });
  const image = await sample('cat');
  const levels: number[] = [];
  for (let run = 0; run < 6; run += 1) {
    await restyler.restyle({ image, concepts: { background: removed }, protect: ['person'] });
    levels.push(process.memoryUsage().rss);
  }
  await restyler.close();
  // What is kept of a picture is kept of each; the allocator grows by one big step, at some picture or other.
  const growth = levels.slice(1).map((level, run) => level - levels[run]!);
  const median = growth.sort((a, b) => a - b)[2]!;
  expect(median, growth.map((bytes) => `${Math.round(bytes / 1e6)} MB`).join(', ')).toBeLessThan(10e6);
});

test('a restyler that was closed fails pictures', async () => {
  const restyler = await createRestyler({ timeoutMs: 600_000 });
  await restyler.close();
  const run = restyler.restyle({ image: await sample('cat'), concepts: { background: removed }, protect: [] });
  await expect(run).rejects.toThrow('closed');
});

test('a restyler works in a worker thread, without the network', async () => {
  const entry = new URL('../../src/imaging/local/index.ts', import.meta.url).href;
  const program = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { createRestyler } from '${entry}';
    const asked = [];
    globalThis.fetch = (url) => { asked.push(String(url)); throw new Error('no network here'); };
    const restyler = await createRestyler({ timeoutMs: 600_000 });
    const wish = { concepts: { background: { action: 'remove', value: '' } }, protect: ['person', 'face'] };
    const { masks, width } = await restyler.restyle({ image: workerData, ...wish });
    await restyler.close();
    parentPort.postMessage({ masks, width, asked });
  `;
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const worker = new Worker(url, { workerData: new Uint8Array(await sample('cat')) });
  const [message] = (await once(worker, 'message')) as [unknown];
  await worker.terminate();
  expect(message).toEqual({ masks: { background: 'u2netp', person: 'none', face: 'none' }, width: 451, asked: [] });
});
