import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import { createRestyler } from '../../src/imaging/local/index.ts';
import { createModels } from '../../src/imaging/local/models/models.ts';
import { createRememberingRestyler } from './remembered.ts';
import { removed, sample } from './samples.ts';

vi.setConfig({ testTimeout: 300_000 });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Memory {
  readonly held: number;
  readonly resident: number;
}

/**
 * Whether memory grows with each picture, or stops growing. What is kept of a picture is kept of each; the allocator
 * grows by big steps, at some picture or other, and by more of them the more its threads are held up by other programs.
 */
async function expectNoGrowth(work: () => Promise<unknown>, most: Memory): Promise<void> {
  const levels: Memory[] = [];
  let growth: Memory;
  do {
    await work();
    collectGarbage();
    const { heapUsed, external, rss } = process.memoryUsage();
    levels.push({ held: heapUsed + external, resident: rss });
    growth = { held: medianGrowth(levels, 'held'), resident: medianGrowth(levels, 'resident') };
  } while (levels.length < 6 || (levels.length < 24 && (growth.held > most.held || growth.resident > most.resident)));
  expect(growth.held).toBeLessThan(most.held);
  expect(growth.resident).toBeLessThan(most.resident);
}

/** Over the last six pictures. */
function medianGrowth(levels: readonly Memory[], of: keyof Memory): number {
  const last = levels.slice(-6).map((level) => level[of]);
  return last.slice(1).map((level, at) => level - last[at]!).sort((one, other) => one - other)[2] ?? Infinity;
}

test('a restyler keeps no memory of a picture that it is done with', async () => {
  const restyler = await createRememberingRestyler();
  // A small one takes a third of the time, and keeps as much for each pixel.
  const image = await sharp(await sample('cat')).resize(160).jpeg().toBuffer();
  const wish = { concepts: { background: removed }, protect: ['person'], force: true };
  await expectNoGrowth(() => restyler.restyle({ image, ...wish }), { held: 4e6, resident: 20e6 });
  await restyler.close();
});

test('a model keeps no memory of what it was shown', async () => {
  const models = createModels({ runtime: 'wasm' });
  // A quick one: ten pictures of 800 kB take half as long as one of the subjects' model.
  const model = await models.get('selfie');
  const dims = model.inputs[0]!.dims.map((size) => size ?? 1);
  const picture = new Float32Array(dims.reduce((product, size) => product * size));
  const ten = async (): Promise<void> => {
    for (let run = 0; run < 10; run += 1) await model.run(picture, dims);
  };
  await expectNoGrowth(ten, { held: 1e6, resident: 10e6 });
  await models.close();
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
