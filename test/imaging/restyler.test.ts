import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { createRestyler } from '../../src/imaging/local/index.ts';
import { createModels } from '../../src/imaging/local/models/models.ts';
import { createRememberingRestyler } from './remembered.ts';
import { removed, sample } from './samples.ts';

vi.setConfig({ testTimeout: 300_000 });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is kept of a picture is kept of each; the allocator grows by one big step, at some picture or other. */
async function growthOver(work: () => Promise<unknown>): Promise<{ readonly held: number; readonly resident: number }> {
  const levels: { held: number; resident: number }[] = [];
  for (let run = 0; run < 6; run += 1) {
    await work();
    collectGarbage();
    const { heapUsed, external, rss } = process.memoryUsage();
    levels.push({ held: heapUsed + external, resident: rss });
  }
  const median = (of: 'held' | 'resident'): number =>
    levels.slice(1).map((level, run) => level[of] - levels[run]![of]).sort((a, b) => a - b)[2]!;
  return { held: median('held'), resident: median('resident') };
}

test('a restyler keeps no memory of a picture that it is done with', async () => {
  const restyler = await createRememberingRestyler();
  const image = await sample('cat');
  const wish = { concepts: { background: removed }, protect: ['person'] };
  const { held, resident } = await growthOver(() => restyler.restyle({ image, ...wish }));
  await restyler.close();
  expect(held).toBeLessThan(10e6);
  expect(resident).toBeLessThan(20e6);
});

test('a model keeps no memory of what it was shown', async () => {
  const models = createModels({ runtime: 'wasm' });
  // A quick one: twenty pictures of 800 kB take as long as one of the subjects' model.
  const model = await models.get('selfie');
  const dims = model.inputs[0]!.dims.map((size) => size ?? 1);
  const picture = new Float32Array(dims.reduce((product, size) => product * size));
  const { held, resident } = await growthOver(async () => {
    for (let run = 0; run < 20; run += 1) await model.run(picture, dims);
  });
  await models.close();
  expect(held).toBeLessThan(1e6);
  expect(resident).toBeLessThan(10e6);
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
