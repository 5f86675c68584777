import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createReplicate, type ReplicateSettings } from '../../src/imaging/replicate/index.ts';
import { defaultModels } from '../../src/imaging/replicate/models.ts';
import type { BackgroundsCall, ImageProvider, SegmentCall } from '../../src/ports/image-provider.ts';
import { faulty } from '../http/faulty.ts';
import { TestTime } from '../http/test-time.ts';
import { png, TestReplicate, token } from './replicate-server/server.ts';

const { signal } = new AbortController();
/** Above what may stand in an input itself. */
const photo = new Uint8Array(300 * 1024).fill(7);
const segment: SegmentCall = { purpose: 'segment', contentType: 'image/jpeg', bytes: async () => photo };
const backgrounds: BackgroundsCall = {
  purpose: 'backgrounds', prompt: 'a pumpkin patch', negativePrompt: 'text', variants: 2, backdrops: [],
  width: 1_020, height: 1_275, seed: 7,
};

let time: TestTime;
let server: TestReplicate;
beforeEach(async () => {
  time = new TestTime();
  server = await new TestReplicate(time).start();
});
afterEach(async () => {
  await server.close();
  expect(server.breaches).toEqual([]);
});

function client(changes: Partial<ReplicateSettings> = {}): ImageProvider {
  const models = { segmentModel: defaultModels.segment, backgroundsModel: defaultModels.backgrounds, prices: {} };
  return createReplicate({ baseUrl: server.baseUrl, token, ...models, ...changes }, { clock: time, time });
}

const madeFor = async (call: SegmentCall | BackgroundsCall, provider = client()) => {
  const { providerJobId } = await provider.begin(call, 'job-1', signal);
  return provider.result(providerJobId, call, signal);
};
const creates = (): number => server.predictions.length;

describe('A call', () => {
  test('cuts out a photo, and costs the time that it ran', async () => {
    const result = await madeFor(segment);
    expect(result).toEqual({ outputs: [{ bytes: png, contentType: 'image/png' }], costMicroUsd: 878 });
    const name = expect.stringMatching(/^waybill-[0-9a-f]{32}\.jpeg$/);
    expect(server.files[0]).toMatchObject({ bytes: photo, type: 'image/jpeg', name });
  });

  test('makes as many backgrounds as were asked for', async () => {
    const { outputs, costMicroUsd } = await madeFor(backgrounds);
    expect([outputs.length, costMicroUsd]).toEqual([2, 4_875]);
    expect(server.predictions[0]?.input).toMatchObject({ width: 1_024, height: 1_272, num_outputs: 2 });
  });

  test('may go to an official model, which has no version', async () => {
    await madeFor(segment, client({ segmentModel: 'acme/cut-out' }));
    expect(server.requests).toContain('POST /v1/models/acme/cut-out/predictions');
    await client({ segmentModel: 'acme/cut-out' }).begin(segment, 'job-1', signal);
    expect(creates()).toBe(1);
  });

  test.each([
    ['variants', { variants: 5 }], ['seed', { seed: -1 }], ['a side', { width: 100 }], ['a side', { height: 1.5 }],
  ])('with a wrong %s is taken for a bug', async (reason, changes) => {
    await expect(client().begin({ ...backgrounds, ...changes }, 'job-1', signal)).rejects.toThrow(reason);
    await expect(client().begin(backgrounds, '', signal)).rejects.toThrow('a key has');
    await expect(client().result('../account', backgrounds, signal)).rejects.toThrow('is no id of a prediction');
  });
});

describe('The price of a call', () => {
  test('is estimated before it is made', () => {
    expect(client().estimateMicroUsd(segment)).toBe(878);
    expect(client().estimateMicroUsd(backgrounds)).toBe(9_750);
    expect(client({ segmentModel: 'acme/cut-out' }).estimateMicroUsd(segment)).toBe(14_000);
  });

  test('is what the configuration says, by the second or by the image', async () => {
    const prices = { 'cjwbw/rembg': { perSecond: 1_000_000 }, 'stability-ai/sdxl': { perImage: 40_000 } };
    expect((await madeFor(segment, client({ prices }))).costMicroUsd).toBe(3_900_000);
    expect((await madeFor(backgrounds, client({ prices }))).costMicroUsd).toBe(80_000);
  });
});

describe('A call that was begun', () => {
  test.each([['segment', segment], ['backgrounds', backgrounds]])(
    'is found again by its key, running or done (%s)', async (_, call) => {
      const first = await client().begin(call, 'job-1', signal);
      expect(await client().begin(call, 'job-1', signal)).toEqual(first);
      time.advance(60_000);
      expect(await client().begin(call, 'job-1', signal)).toEqual(first);
      expect([creates(), server.files.length]).toEqual([1, call.purpose === 'segment' ? 1 : 0]);
    });

  test('is not taken for that of another key', async () => {
    for (const call of [segment, backgrounds]) {
      const one = await client().begin(call, 'job-1', signal);
      expect(await client().begin(call, 'job-2', signal)).not.toEqual(one);
    }
  });

  test.each([['segment', segment], ['backgrounds', backgrounds]])(
    'is not paid twice when its answer is lost, or is no JSON (%s)', async (_, call) => {
      server.faults.push(
        { on: 'POST /v1/predictions', when: 'after', answer: faulty.cut },
        { on: 'POST /v1/files', when: 'after', answer: faulty.html },
      );
      const { providerJobId } = await client().begin(call, 'job-1', signal);
      expect(server.predictions.map(({ id }) => id)).toEqual([providerJobId]);
    });

  test('is found behind many others', async () => {
    const first = await client().begin(segment, 'job-0', signal);
    for (let i = 1; i <= 130; i++) await client().begin({ ...backgrounds, seed: i }, `job-${i}`, signal);
    expect(await client().begin(segment, 'job-0', signal)).toEqual(first);
  });

  test('is begun anew after it has failed, and after Replicate has deleted what it was about', async () => {
    server.next.error = 'CUDA out of memory';
    await client().begin(backgrounds, 'job-1', signal);
    time.advance(60_000);
    server.next.error = null;
    await client().begin(backgrounds, 'job-1', signal);
    expect(creates()).toBe(2);
    time.advance(2 * 3_600_000);
    await client().begin(backgrounds, 'job-1', signal);
    expect(creates()).toBe(3);
  });
});

describe('A call that does not succeed', () => {
  const failing = (call: SegmentCall | BackgroundsCall = segment) => madeFor(call).catch((error: unknown) => error);

  test('says what the model said, and what it cost', async () => {
    server.next.error = 'CUDA out of memory';
    expect(await failing()).toMatchObject({
      code: 'SEGMENT_FAILED', retryable: true, callEnded: true, costMicroUsd: 878,
      message: expect.stringContaining('CUDA out of memory'),
    });
  });

  test('is not made again where the model would refuse it again', async () => {
    server.next.error = 'NSFW content detected. Try running it again, or try a different prompt.';
    expect(await failing(backgrounds)).toMatchObject({ code: 'BG_GENERATION_FAILED', retryable: false });
  });

  test('is canceled after its time limit, and costs what it has used up', async () => {
    server.next.startingMs = 299_000;
    const error = await failing();
    expect(error).toMatchObject({ code: 'PROVIDER_TIMEOUT', retryable: true, callEnded: true });
    expect((error as { costMicroUsd: number }).costMicroUsd).toBeLessThan(878);
    expect(server.predictions[0]?.canceledAt).not.toBeNull();
  });

  test('ends when Replicate gives it up before it starts, and costs nothing', async () => {
    server.next.startingMs = 3_600_000;
    const { providerJobId } = await client().begin(segment, 'job-1', signal);
    time.advance(10 * 60_000);
    const result = client().result(providerJobId, segment, signal);
    const failure = { callEnded: true, costMicroUsd: 0, message: expect.stringContaining('aborted') };
    await expect(result).rejects.toMatchObject(failure);
  });

  test('whose output was deleted has to be made again', async () => {
    const { providerJobId } = await client().begin(segment, 'job-1', signal);
    time.advance(2 * 3_600_000);
    const gone = { retryable: true, callEnded: true, message: expect.stringContaining('deletes it after an hour') };
    await expect(client().result(providerJobId, segment, signal)).rejects.toMatchObject(gone);
    const unknown = client().result('unknown1', segment, signal);
    await expect(unknown).rejects.toMatchObject({ callEnded: true, retryable: true });
  });

  test.each([
    ['a page', { bytes: new TextEncoder().encode('<!doctype html>'), type: 'image/png' }, 'no PNG'],
    ['more than 32 MiB', { bytes: new Uint8Array(32 * 1024 ** 2 + 1), type: 'image/png' }, 'sent more than'],
  ])('because it made %s, fails for good', async (_, output, reason) => {
    server.output = output;
    const failure = { retryable: false, callEnded: true, costMicroUsd: 878, message: expect.stringContaining(reason) };
    expect(await failing()).toMatchObject(failure);
  });

  test('stops at once when its signal is aborted', async () => {
    const stop = new AbortController();
    const { providerJobId } = await client().begin(segment, 'job-1', signal);
    stop.abort(new Error('enough'));
    await expect(client().result(providerJobId, segment, stop.signal)).rejects.toThrow('enough');
    await client().cancel(providerJobId, signal);
    expect(server.predictions[0]?.canceledAt).not.toBeNull();
  });
});

describe('A request to Replicate', () => {
  test('waits as long as the limit of requests says', async () => {
    server.creates = 1;
    await client().begin(backgrounds, 'job-1', signal);
    time.advance(30_000);
    await client().begin(backgrounds, 'job-2', signal);
    expect(time.pauses).toEqual([expect.toSatisfy((ms: number) => ms >= 30_000 && ms <= 36_000)]);
  });

  test('that is limited for too long fails with how long to wait', async () => {
    server.creates = 0;
    const failure = { code: 'PROVIDER_RATE_LIMITED', retryable: true, retryAfterMs: 60_000 };
    await expect(client().begin(backgrounds, 'job-1', signal)).rejects.toMatchObject(failure);
  });

  test.each([
    ['a 503', faulty.status(503)],
    ['a web page with status 200', faulty.html],
    ['a broken connection', faulty.cut],
  ])('is made again after %s', async (_, answer) => {
    for (const on of ['GET /v1/predictions/*', 'output', 'GET /v1/files']) {
      if (on !== 'output' || answer !== faulty.html) server.faults.push({ on, when: 'before', answer });
    }
    expect((await madeFor(segment)).outputs).toHaveLength(1);
    expect([server.faults, creates()]).toEqual([[], 1]);
  });

  test.each([
    ['a wrong token', { token: 'r8_mistaken' }, 'check REPLICATE_API_TOKEN'],
    ['a version that is not there', { segmentModel: `cjwbw/rembg:${'0'.repeat(64)}` }, 'version does not exist'],
  ])('with %s is not made again, and shows no token', async (_, changes, reason) => {
    const error = await client(changes).begin(segment, 'job-1', signal).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'SEGMENT_FAILED', retryable: false, message: expect.stringContaining(reason) });
    expect([String(error).includes('r8_'), time.pauses]).toEqual([false, []]);
  });

  test('says that the account has no credit', async () => {
    server.faults.push({ on: 'POST /v1/predictions', when: 'before', answer: faulty.status(402) });
    const failure = { retryable: false, message: expect.stringContaining('add credit') };
    await expect(client().begin(backgrounds, 'job-1', signal)).rejects.toMatchObject(failure);
  });
});

describe('The access to Replicate', () => {
  test('is good when the token is and the models are there', async () => {
    expect(await client().test(signal)).toEqual({
      healthy: true,
      message: 'account tester; cut-outs by cjwbw/rembg, about $0.000878 each; ' +
        'backgrounds by stability-ai/sdxl, about $0.004875 each',
    });
    expect(creates()).toBe(0);
  });

  test.each([
    ['a wrong token', { token: 'r8_mistaken' }, 'answered 401'],
    ['a model that is not there', { backgroundsModel: 'nobody/nothing' }, 'check AI_SEGMENT_MODEL and AI_BG_MODEL'],
  ])('is not with %s', async (_, changes, reason) => {
    const { healthy, message } = await client(changes).test(signal);
    expect([healthy, message]).toEqual([false, expect.stringContaining(reason)]);
  });
});
