import { describe, expect, it } from 'vitest';
import { createLocalProvider } from '../../../src/imaging/local/product/provider.ts';
import type { BackgroundsCall, SegmentCall } from '../../../src/ports/image-provider.ts';
import { StudioFailure, type StudioFailureCode } from '../../../src/ports/studio.ts';
import { signal } from './pictures.ts';

const photo = new Uint8Array([1, 2, 3]);
const segment: SegmentCall = { purpose: 'segment', contentType: 'image/jpeg', bytes: async () => photo };
const backgrounds: BackgroundsCall = {
  purpose: 'backgrounds', prompt: 'snow', negativePrompt: '', variants: 1, width: 512, height: 512, seed: 7,
  backdrops: [{ style: 'sweep', light: 'left', wall: '#ffffff', floor: '#ffffff', accents: [] }],
};
const failing = (code: StudioFailureCode) => createLocalProvider({
  segment: () => Promise.reject(new StudioFailure(code, 'It was so.')),
  drawBackdrops: () => Promise.reject(new StudioFailure(code, 'It was so.')),
});

describe('the provider that is this machine', () => {
  it('makes pictures for nothing, by the same id for the same key', async () => {
    const provider = createLocalProvider({
      segment: async (bytes) => ({ png: new Uint8Array(bytes.length), confidence: 0.9 }),
      drawBackdrops: async ({ seed }) => [new Uint8Array(seed)],
    });
    const [one, again, other] = await Promise.all(
      ['a', 'a', 'b'].map(async (key) => (await provider.begin(segment, key, signal)).providerJobId),
    );
    expect([one === again, one === other, provider.estimateMicroUsd(segment)]).toEqual([true, false, 0]);
    expect(await provider.result(one!, segment, signal)).toEqual({
      outputs: [{ bytes: new Uint8Array(3), contentType: 'image/png' }], costMicroUsd: 0, confidence: 0.9,
    });
    expect(await provider.result(other!, backgrounds, signal)).toMatchObject({
      outputs: [{ contentType: 'image/jpeg', bytes: { length: 7 } }], costMicroUsd: 0,
    });
  });

  it.each<[StudioFailureCode, boolean]>([
    ['INVALID_IMAGE', false], ['QUALITY_CHECK_FAILED', false], ['COMPOSITE_FAILED', true],
  ])('says of %s whether the same call may succeed later', async (code, retryable) => {
    const { providerJobId } = await failing(code).begin(segment, 'a', signal);
    await expect(failing(code).result(providerJobId, segment, signal)).rejects.toMatchObject({
      code: 'SEGMENT_FAILED', message: 'It was so.', retryable, callEnded: true, costMicroUsd: 0,
    });
    await expect(failing(code).result(providerJobId, backgrounds, signal)).rejects.toMatchObject({
      code: 'BG_GENERATION_FAILED', retryable,
    });
  });

  it('takes a call that the port does not allow, or an id of another provider, for a bug of its caller', async () => {
    const provider = failing('INVALID_IMAGE');
    for (const call of [{ variants: 2 }, { width: 255 }, { height: 2_049 }, { seed: -1 }, { seed: 0.5 }]) {
      await expect(provider.begin({ ...backgrounds, ...call }, 'a', signal)).rejects.toThrow('outside of what');
    }
    await expect(provider.result('gm3qorzdhgbfurvjtvhg6dckhu', segment, signal)).rejects.toThrow('no id of a call');
  });
});
