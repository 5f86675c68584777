import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createRememberingRestyler, rememberingPrograms } from '../imaging/remembered.ts';
import { startWorker } from './harness.ts';
import { devSecret, serverForEach, type View } from './server-for-each.ts';

const side = 320;

/** A red ball on light grey, as a JPEG. */
async function ball(): Promise<Uint8Array> {
  const pixels = Buffer.alloc(side * side * 3);
  for (let at = 0; at < side * side; at++) {
    const [x, y] = [(at % side) - side / 2, Math.floor(at / side) - side / 2];
    const isBall = Math.hypot(x, y) < side / 4;
    pixels.set(isBall ? [190 - x / 4, 30, 40] : [225, 226, 228], at * 3);
  }
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).jpeg({ quality: 92 }).toBuffer();
}

async function expectCutOut(view: View, idx: number): Promise<void> {
  const { outputUrl, previewUrl, inputPreviewUrl } = view.items[idx] ?? {};
  const result = sharp(Buffer.from(await (await fetch(outputUrl ?? '')).arrayBuffer()));
  const { format, width, height, hasAlpha } = await result.metadata();
  expect({ format, width, height, hasAlpha }).toEqual({ format: 'png', width: side, height: side, hasAlpha: true });
  const alpha = await result.extractChannel('alpha').raw().toBuffer();
  expect(alpha[0]).toBe(0);
  expect(alpha[(side / 2) * side + side / 2]).toBe(255);
  const preview = sharp(Buffer.from(await (await fetch(previewUrl ?? '')).arrayBuffer()));
  expect((await preview.metadata()).format).toBe('webp');
  const photo = sharp(Buffer.from(await (await fetch(inputPreviewUrl ?? '')).arrayBuffer()));
  expect(await photo.metadata()).toMatchObject({ format: 'webp', width: side, height: side, hasAlpha: false });
}

const isLikely = (confidence: unknown): boolean => Number(confidence) >= 0.5 && Number(confidence) <= 1;

describe('a worker beside the server', () => {
  const server = serverForEach();

  test('cuts the subject out of a photo, and rejects what is no photo with the reason', async () => {
    const { restyle, close } = await createRememberingRestyler();
    server.cleanups.push(close);
    const worker = startWorker(server, { restyle, secret: devSecret, limits: { visibilityTimeoutMs: 30_000 } });
    server.cleanups.unshift(worker.stop);
    const jobId = await server.execute([await ball(), Buffer.from('just words')]);
    await worker.until(({ acknowledged }) => acknowledged === 1);
    const view = await server.view(jobId);
    expect(view).toMatchObject({ status: 'done', progress: { done: 1, failed: 1 } });
    expect(view.items.map(({ confidence }) => confidence)).toEqual([expect.toSatisfy(isLikely), null]);
    expect(view.items[1]?.error).toMatch(/picture|image|JPEG/);
    expect(view.items[1]?.error).not.toMatch(/unexpected/);
    await expectCutOut(view, 0);
  }, 60_000);
});

describe("the worker in the server's own process", () => {
  beforeAll(() => void vi.stubEnv('NODE_OPTIONS', rememberingPrograms));
  afterAll(() => void vi.unstubAllEnvs());
  const server = serverForEach(['--workers', 'images']);

  test('cuts the subject out of a photo, and stops with the server', async () => {
    const jobId = await server.execute([await ball()]);
    await server.logged('message acknowledged');
    const view = await server.view(jobId);
    expect(view).toMatchObject({ status: 'done', progress: { done: 1, failed: 0 } });
    expect(view.items[0]?.confidence).toSatisfy(isLikely);
    await expectCutOut(view, 0);
  }, 60_000);
});
