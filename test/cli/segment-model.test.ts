import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tinyModel } from '../imaging/own-models.ts';
import { makeFolder, run } from './program.ts';

// Each starts a program that opens models, some of them twice.
vi.setConfig({ testTimeout: 120_000 });

let folder: ReturnType<typeof makeFolder>;
let good: string;
let unknown: string;
beforeAll(() => {
  folder = makeFolder();
  good = join(folder.path, 'isnet-shoes.onnx');
  unknown = join(folder.path, 'shoes.onnx');
  writeFileSync(good, tinyModel({ dims: [1, 3, 64, 64] }));
  writeFileSync(unknown, tinyModel({ dims: [1, 3, 64, 64] }));
});
afterAll(() => folder.remove());

/** What the doctor says of imaging. */
async function imaging(args: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const machine = ['--dev', '--port', '0', '--data', join(folder.path, 'data'), '--workers', 'images'];
  const { stdout } = await run(['doctor', '--json', ...machine, ...args], { env });
  const { findings } = JSON.parse(stdout) as { findings: { part: string; status: string; message: string }[] };
  const { status, message } = findings.find(({ part }) => part === 'imaging')!;
  return [status, message];
}

describe('waybill doctor', () => {
  test('says which model finds subjects, and what runs it', async () => {
    expect(await imaging(['--model-runtime', 'wasm'])).toEqual([
      'ok', expect.stringMatching(/^the built-in model u2netp, 320 x 320, on the wasm runtime; ready in \d+ ms$/),
    ]);
    expect(await imaging([], { SEGMENT_MODEL: good, MODEL_RUNTIME: 'wasm' })).toEqual([
      'ok', expect.stringContaining(`isnet-shoes (${good}), of the family isnet, 64 x 64, on the wasm runtime`),
    ]);
  });

  test('says what a model of one’s own lacks', async () => {
    expect(await imaging(['--segment-model', unknown])).toEqual([
      'fail', expect.stringMatching(/shoes.onnx is of no family that can be told .* give "family"/),
    ]);
  });
});

const worker = ['worker', 'images', '--server', 'http://127.0.0.1:9', '--secret', 'a-secret-of-workers'];

describe('a model that cannot be used', () => {
  test('keeps a server with image workers from starting', async () => {
    const args = ['serve', '--dev', '--port', '0', '--data', join(folder.path, 'data'), '--workers', 'images'];
    const { status, stderr, stdout } = await run([...args, '--segment-model', unknown]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/waybill: the server cannot start: the model .*shoes.onnx is of no family/);
  });

  test('keeps an image worker from starting', async () => {
    const { status, stderr } = await run(worker, { env: { SEGMENT_MODEL: join(folder.path, 'nowhere.onnx') } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/waybill: .*the model .*nowhere.onnx does not exist/);
  });

  test('is refused with a runtime that does not exist', async () => {
    const { status, stderr } = await run([...worker, '--model-runtime', 'gpu']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('it must be one of auto, wasm, native')]);
  });
});
