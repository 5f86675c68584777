import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { createRuntime } from '../../src/imaging/local/models/runtime.ts';

const converter = fileURLToPath(new URL('../../assets/models/conversion/tfjs-to-onnx.ts', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'waybill-conversion-'));
afterAll(() => rmSync(folder, { recursive: true }));

const base64 = (value: string): string => Buffer.from(value).toString('base64');
const ints = (values: number[]) => ({ list: { i: values.map(String) } });

function write(op: string): string {
  const shape = { dim: [1, 2, 2, 1].map((size) => ({ size: `${size}` })) };
  const node = [
    { name: 'in', op: 'Placeholder', attr: { shape: { shape } } },
    { name: 'filter', op: 'Const' },
    { name: 'bias', op: 'Const' },
    {
      name: 'out',
      op,
      input: ['in', 'filter', 'bias'],
      attr: {
        strides: ints([1, 1, 1, 1]),
        dilations: ints([1, 1, 1, 1]),
        padding: { s: base64('SAME') },
        fused_ops: { list: { s: [base64('BiasAdd'), base64('Relu')] } },
      },
    },
  ];
  const weights = [
    { name: 'filter', shape: [2, 1, 1, 2], dtype: 'float32' },
    { name: 'bias', shape: [2], dtype: 'float32' },
  ];
  const model = { modelTopology: { node }, weightsManifest: [{ paths: ['small.bin'], weights }] };
  writeFileSync(path.join(folder, 'small.json'), JSON.stringify(model));
  writeFileSync(path.join(folder, 'small.bin'), new Uint8Array(Float32Array.of(1, -1, 10, 0, 0.5, 0).buffer));
  return path.join(folder, 'small.json');
}

test('a converted model computes what TensorFlow would', async () => {
  const target = path.join(folder, 'small.onnx');
  execFileSync(process.execPath, [converter, write('_FusedConv2D'), target, 'out']);
  const model = await (await createRuntime('wasm')).open(readFileSync(target));
  const { out } = await model.run(Float32Array.of(1, 2, 3, -4), [1, 2, 2, 1]);
  await model.release();
  // Channel 0: the cell plus ten times the one below (SAME pads below the last row), plus a half; channel 1: its
  // negative. Both through ReLU.
  expect(out!.dims).toEqual([1, 2, 2, 2]);
  expect([...out!.data]).toEqual([31.5, 0, 0, 0, 3.5, 0, 0, 4]);
});

test('an operator that the converter does not know stops it', () => {
  const command = [converter, write('Softmax'), 'nowhere.onnx', 'out'];
  const run = () => execFileSync(process.execPath, command, { stdio: 'pipe' });
  expect(run).toThrow(/operator Softmax/);
});
