import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usualQuality } from '../../../src/imaging/local/product/quality.ts';
import { createLogger } from '../../../src/main/node/logger.ts';
import { startStudio, type RunningStudio } from '../../../src/main/node/studio/studio.ts';

const mebibyte = 1024 ** 2;
const log: string[] = [];
let running: RunningStudio;
let picture: Buffer;
beforeAll(async () => {
  running = startStudio({
    logger: createLogger('info', (line) => log.push(line)), memoryBytes: 220 * mebibyte, processes: 1,
    models: { segmentModel: null, runtime: 'wasm' }, quality: usualQuality,
  });
  picture = await solid(64, 48);
});
afterAll(() => running.stop());

const solid = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#808080' } }).png().toBuffer();
const { signal } = new AbortController();

describe('a studio in processes of its own', () => {
  it('takes and gives pictures as bytes', async () => {
    expect(await running.studio.inspect(picture, signal)).toEqual({
      width: 64, height: 48, contentType: 'image/png', extension: 'png',
    });
    const wanted = [{ width: 100, format: 'webp' }, { width: 32, format: 'jpeg' }] as const;
    const made = await running.studio.derive({ picture, wanted }, signal);
    const formats = await Promise.all(made.map(async ({ bytes }) => (await sharp(bytes).metadata()).format));
    expect([formats, made.map(({ width }) => width)]).toEqual([['webp', 'jpeg'], [64, 32]]);
  });

  it('tells what is wrong with a picture as it would in its own process', async () => {
    await expect(running.studio.inspect(Buffer.from('text'), signal)).rejects.toMatchObject({
      name: 'StudioFailure', code: 'INVALID_IMAGE', message: expect.stringContaining('not a picture'),
    });
  });

  it('loses one call, which may be tried again, to a picture that takes too much memory', async () => {
    const large = await solid(7_000, 7_000);
    // Some seconds of work, in which it holds 200 MB.
    const wanted = [{ width: 2_048, format: 'avif' }, { width: 2_000, format: 'avif' }] as const;
    const [one, next] = await Promise.allSettled([
      running.studio.derive({ picture: large, wanted }, signal), running.studio.inspect(picture, signal),
    ]);
    expect(one).toMatchObject({
      reason: { code: 'COMPOSITE_FAILED', message: expect.stringContaining('more memory than the studio has') },
    });
    expect(next).toMatchObject({ value: { width: 64 } });
    expect(log.join('\n')).toContain('it used more than its 220 MiB of memory');
  }, 60_000);

  it('gives up at once what is not wanted any longer, whether it has begun or waits', async () => {
    const aborting = new AbortController();
    const wanted = [{ width: 100, format: 'avif' }] as const;
    const calls = [1, 2].map(() => running.studio.derive({ picture, wanted }, aborting.signal));
    aborting.abort(new Error('the client went away'));
    for (const call of calls) await expect(call).rejects.toThrow('the client went away');
    expect(await running.studio.inspect(picture, signal)).toMatchObject({ width: 64 });
  });

  it('answers what is asked of it after its end', async () => {
    await running.stop();
    await expect(running.studio.inspect(picture, signal)).rejects.toMatchObject({ code: 'COMPOSITE_FAILED' });
  });
});
