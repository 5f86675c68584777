import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createRestyler } from '../../src/imaging/local/index.ts';
import { openOwnModel } from '../../src/imaging/local/models/own-model.ts';
import { createRuntime, type Runtime } from '../../src/imaging/local/models/runtime.ts';
import { WHOLE, type Picture } from '../../src/imaging/local/raster/picture.ts';
import { tinyModel, type Shape } from './own-models.ts';
import { pixels } from './samples.ts';

// Inputs of a megapixel take seconds of a core, and several suites share the cores.
vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), 'waybill-own-model-'));
let runtime: Runtime;
beforeAll(async () => {
  runtime = await createRuntime('wasm');
});
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
/** A file of that name in a folder of its own, with its description. */
function written(name: string, model: Uint8Array, description?: unknown): string {
  count += 1;
  const file = path.join(mkdtempSync(path.join(folder, `${count}-`)), name);
  writeFileSync(file, model);
  if (description !== undefined) {
    writeFileSync(`${file}.json`, typeof description === 'string' ? description : JSON.stringify(description));
  }
  return file;
}

async function opened(name: string, shape: Shape, description?: unknown) {
  const { model, segmenter } = await openOwnModel(written(name, tinyModel(shape), description), runtime);
  return { ...segmenter, release: () => model.release() };
}

/** Grey on the left, as bright as half the right. */
function halves(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at += 1) data.fill(at % width < width / 2 ? 102 : 204, at * 4, at * 4 + 3);
  return { width, height, data };
}

const seven = ['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6'];
const [mean, deviation] = [0.449, 0.226];

interface Expected {
  readonly file?: string;
  readonly size: readonly [number, number];
  /** Of the dark and the light half. */
  readonly levels: readonly [number, number];
}

describe('a model of the user’s own', () => {
  // The network undoes the family's normalisation, so that its mask is the picture's brightness if that was right.
  const imageNet = { factor: deviation, offset: mean };
  test.each<readonly [string, Shape, Expected]>([
    // By its largest level, which resizing makes a little larger than 204.
    ['U²-Net', { outputs: seven, ...imageNet }, { size: [320, 320], levels: [0.47, 0.95] }],
    [
      'IS-Net',
      { outputs: seven.slice(1), dims: [1, 3, 1024, 1024], offset: 0.5 },
      { size: [1024, 1024], levels: [0.4, 0.8] },
    ],
    [
      'BiRefNet',
      { input: 'input_image', outputs: ['output_image'], dims: [1, 3, 1024, 1024], ...imageNet },
      { size: [1024, 1024], levels: [0.4, 0.8] },
    ],
    [
      'MODNet',
      { input: 'input', outputs: ['output'], dims: [null, 3, null, null], factor: 0.5, offset: 0.5 },
      { file: 'modnet.onnx', size: [704, 512], levels: [0.4, 0.8] },
    ],
  ])('of the family of %s is recognised and fed as its authors do', async (_, shape, expected) => {
    const { file = 'a.onnx', size, levels } = expected;
    const { description, masked, release } = await opened(file, shape, { values: 'probability' });
    const mask = await masked(halves(96, 70), WHOLE);
    await release();
    expect(description.name).toBe(path.parse(file).name);
    expect([mask.width, mask.height]).toEqual(size);
    const row = Math.floor(mask.height / 2) * mask.width;
    expect(mask.data[row + 8]).toBeCloseTo(levels[0], 1.3);
    expect(mask.data[row + mask.width - 8]).toBeCloseTo(levels[1], 1.3);
  });

  test.each<readonly [string, string, Shape, number, number]>([
    ['U²-Net is stretched', 'u2net.onnx', { factor: deviation, offset: mean }, 0.05, 0.9],
    ['IS-Net is stretched', 'isnet.onnx', { dims: [1, 3, 64, 64], offset: 0.5 }, 0, 1],
    [
      'BiRefNet goes through a sigmoid',
      'birefnet.onnx',
      { dims: [1, 3, 64, 64], factor: 20 * deviation, offset: 20 * (mean - 0.6) },
      0.02,
      0.98,
    ],
  ])('of the family of %s', async (_, file, shape, dark, light) => {
    const { masked, release } = await opened(file, shape);
    const mask = await masked(halves(64, 64), WHOLE);
    await release();
    expect(mask.data[5]).toBeCloseTo(dark, 1);
    expect(mask.data[mask.width - 6]).toBeCloseTo(light, 1);
  });

  test('may be named by its file where its interface says nothing', async () => {
    const { description, release } = await opened('BiRefNet-lite-fp32.onnx', { dims: [1, 3, 512, 512], factor: 9 });
    await release();
    expect(description).toMatchObject({ family: 'birefnet', size: { width: 512, height: 512 }, values: 'logits' });
  });

  test('may read and write numbers of 16 bits', async () => {
    const { masked, release } = await opened('modnet.onnx', {
      type: 'float16', dims: [1, 3, 64, 64], factor: 0.5, offset: 0.5,
    });
    const mask = await masked(halves(64, 64), WHOLE);
    await release();
    expect(mask.data[5]).toBeCloseTo(0.4, 2);
    expect(mask.data[60]).toBeCloseTo(0.8, 2);
  });

  test('is seen to have the sigmoid of its logits inside', async () => {
    const shape = {
      input: 'input_image',
      outputs: ['output_image'],
      dims: [1, 3, 64, 64],
      factor: deviation,
      offset: mean,
    };
    const { masked, release } = await opened('a.onnx', shape);
    const mask = await masked(halves(64, 64), WHOLE);
    await release();
    expect(mask.data[5]).toBeCloseTo(0.4, 1);
  });

  test('is used as its description says, whatever it looks like', async () => {
    const description = {
      name: 'shoes-2', size: [128, 64], divisor: 1, mean: [0, 0, 0], deviation: [255, 255, 255], output: 'matte',
      values: 'probability',
    };
    const shape = { outputs: ['features', 'matte'], dims: [1, 3, null, null] };
    const { description: used, masked, release } = await opened('u2net.onnx', shape, description);
    const mask = await masked(halves(64, 64), WHOLE);
    await release();
    expect(used).toMatchObject({ name: 'shoes-2', output: 'matte' });
    expect([mask.width, mask.height]).toEqual([128, 64]);
    expect(mask.data[5]).toBeCloseTo(0.4, 2);
  });

  test.each<readonly [string, string, Shape, unknown, RegExp]>([
    [
      'of no known family',
      'a.onnx',
      { dims: [1, 3, 512, 512] },
      undefined,
      /no family.*"mean", "deviation", "values"/,
    ],
    ['of no known family and size', 'a.onnx', { dims: [1, 3, null, null] }, {}, /"size", "mean"/],
    ['that takes one channel', 'u2net.onnx', { dims: [1, 1, 320, 320] }, undefined, /does not take a picture as 1 x 3/],
    ['that takes another size', 'u2net.onnx', {}, { size: [512, 512] }, /takes 320 x 320 pixels, not 512 x 512/],
    ['that gives several channels', 'u2net.onnx', { channels: 4 }, undefined, /gives 1 x 4 x 320 x 320.*"output"/],
    ['without the output', 'u2net.onnx', {}, { output: 'z' }, /no output "z", but y/],
    ['whose mask is no share', 'modnet.onnx', { factor: 9 }, undefined, /mask of .* to .*, not 0 to 1: say "values"/],
    ['that gives no numbers', 'u2net.onnx', { factor: 3e38, offset: 3e38 }, { divisor: 0.001 }, /not all of numbers/],
    ['with an unknown field', 'u2net.onnx', {}, { sizes: 3 }, /unknown field "sizes": name, family, size/],
    ['with a wrong family', 'u2net.onnx', {}, { family: 'sam' }, /"family" must be one of u2net, isnet/],
    ['with a wrong size', 'u2net.onnx', {}, { size: [320] }, /"size" must be \[width, height\]/],
    ['with a deviation of 0', 'u2net.onnx', {}, { deviation: [1, 0, 1] }, /"deviation" must be three numbers above 0/],
    ['with a description that is no JSON', 'u2net.onnx', {}, 'family: u2net', /u2net.onnx.json is no JSON/],
  ])('%s is refused, and why is said', async (_, name, shape, description, message) => {
    const file = written(name, tinyModel(shape), description);
    await expect(openOwnModel(file, runtime)).rejects.toThrow(message);
    await expect(openOwnModel(file, runtime)).rejects.toThrow(file);
  });

  test('that is damaged, cut off, empty or not there is refused', async () => {
    const whole = tinyModel({ outputs: seven });
    for (const bytes of [Buffer.from('this is no model'), whole.subarray(0, whole.length / 2), new Uint8Array()]) {
      await expect(openOwnModel(written('u2net.onnx', bytes), runtime)).rejects.toThrow(/cannot be opened \(wasm/);
    }
    const nowhere = path.join(folder, 'nowhere.onnx');
    await expect(openOwnModel(nowhere, runtime)).rejects.toThrow(`the model ${nowhere} does not exist`);
  });

  test('with a description of more than 64 KB is refused', async () => {
    const file = written('u2net.onnx', tinyModel(), `{"name": "${'a'.repeat(70_000)}"}`);
    await expect(openOwnModel(file, runtime)).rejects.toThrow(/70012 bytes, and 65536 can be read/);
  });
});

test('models run natively where onnxruntime-node is installed, else in WebAssembly', async () => {
  const native = await createRuntime('native').then(({ name }) => name, (error: Error) => error.message);
  expect(native).toMatch(/^native$|^the native runtime needs the package onnxruntime-node: npm install/);
  expect((await createRuntime('auto')).name).toBe(native === 'native' ? 'native' : 'wasm');
});

describe('a restyler with a model of its own', () => {
  test('cuts out what that model sees, and says its name', async () => {
    const model = written('brightness.onnx', tinyModel({ dims: [1, 3, 256, 256], factor: 12, offset: -6 }), {
      mean: [0, 0, 0], deviation: [1, 1, 1], values: 'logits',
    });
    const restyler = await createRestyler({ segmentModel: model, runtime: 'wasm', timeoutMs: 600_000 });
    expect(restyler.model).toEqual({ name: 'brightness', family: null, size: '256 x 256', runtime: 'wasm' });
    const { result, masks } = await restyler.restyle({
      image: await moon(), concepts: { background: { action: 'remove', value: '' } }, protect: [], force: true,
    });
    await restyler.close();
    expect(masks['background']).toContain('brightness');
    const { data, width } = await pixels(result);
    expect(data[(100 * width + 100) * 4 + 3]).toBe(255);
    expect(data[(100 * width + 15) * 4 + 3]).toBe(0);
  });

  test('does not begin with one that cannot be used', async () => {
    const model = written('u2net.onnx', Buffer.from('no model'));
    await expect(createRestyler({ segmentModel: model, runtime: 'wasm' })).rejects.toThrow(
      /u2net.onnx cannot be opened/,
    );
  });
});

/** A light disc before a dark pattern that is nowhere plain. */
function moon(): Promise<Buffer> {
  const side = 200;
  const data = Buffer.alloc(side * side * 3);
  for (let at = 0; at < side * side; at += 1) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const isMoon = Math.hypot(x - 100, y - 100) < 60;
    const tile = (Math.floor(x / 9) * 7 + Math.floor(y / 9) * 13) % 5;
    data.set(isMoon ? [240, 236, 220] : [20 + tile * 14, 90 - tile * 16, 30 + ((tile * 3) % 5) * 14], at * 3);
  }
  return sharp(data, { raw: { width: side, height: side, channels: 3 } }).png().toBuffer();
}
