import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spendingCounter } from '../../src/kinds/product-image/domain/calls.ts';
import type { ProductImageCommand } from '../../src/kinds/product-image/domain/types.ts';
import {
  birth, expire, fail, folded, jobAfter, reported, results, retry, run, start, startedAt, timeLimitMs,
} from './product-images.ts';

const sagaId = 's1';
const begun: ProductImageCommand = { type: 'start', sagaId };
const take: ProductImageCommand = { type: 'take', sagaId };
const original: ProductImageCommand = {
  type: 'report', sagaId, microUsd: 0, result: { step: 'original', originalKey: 'originals/VWS200433868/abc.png' },
};
const plan = (step: 'segmentation' | 'backgrounds', estimateMicroUsd = 1_000, more: object = {}) => ({
  type: 'planCall', sagaId, step, provider: 'replicate', estimateMicroUsd, limitMicroUsd: null, ...more,
} as const satisfies ProductImageCommand);
const beginCall = (providerJobId = 'p1'): ProductImageCommand => ({ type: 'beginCall', sagaId, providerJobId });
const endCall = (microUsd: number, providerJobId = 'p1'): ProductImageCommand =>
  ({ type: 'endCall', sagaId, providerJobId, microUsd });
const ofPipeline = (step: keyof typeof results, microUsd = 0): ProductImageCommand =>
  ({ ...reported(results[step], microUsd), sagaId } as ProductImageCommand);
const inSegmentation = [begun, take, original];

describe('a product image that the pipeline does', () => {
  it('goes through the same states as by reports from outside, and knows how long each step took', () => {
    const { events, job } = run([
      ...inSegmentation, ofPipeline('segmentation'), ofPipeline('backgrounds'), ofPipeline('composite'),
      ofPipeline('shopify'),
    ]);
    expect(events.flatMap(({ body }) => body.state ?? [])).toEqual([
      'NEW', 'QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH', 'DONE',
    ]);
    expect([job.fields.originalKey, job.fields.sagaId]).toEqual(['originals/VWS200433868/abc.png', null]);
    expect(job.fields.timings).toEqual({
      original: 1_000, segmentation: 1_000, backgrounds: 1_000, composite: 1_000, shopify: 1_000,
    });
  });

  it('has a time limit from when the pipeline takes it, after each retry anew', () => {
    expect(jobAfter([begun]).deadlineAt).toBeNull();
    expect(jobAfter([begun, take, take]).deadlineAt).toBe(startedAt + 2_000 + timeLimitMs);
    const again = [begun, take, fail, retry, { type: 'start', sagaId: 's2' }] as const;
    expect([jobAfter(again).deadlineAt, jobAfter(again).fields.sagaId]).toEqual([null, 's2']);
  });

  it('begins one saga, and cancels it when it fails, expires or is reported from outside', () => {
    const sagasOf = (commands: readonly ProductImageCommand[]): string[] =>
      run(commands).effects.flatMap((effect) => 'sagaId' in effect ? [`${effect.type} ${effect.sagaId}`] : []);
    expect(sagasOf([begun, { type: 'start', sagaId: 's2' }])).toEqual(['begin-saga s1']);
    for (const end of [fail, expire, reported(results.segmentation)]) {
      expect(sagasOf([...inSegmentation, end])).toEqual(['begin-saga s1', 'cancel-saga s1']);
    }
    expect(run([...inSegmentation, reported(results.segmentation), ofPipeline('segmentation')]).answers.at(-1))
      .toMatchObject({ ok: false, refusal: { code: 'conflict', details: { state: 'BG_GENERATING' } } });
  });

  it('is tried again while the code may pass, so often, and as often again after a retry', () => {
    const tryAgain: ProductImageCommand = { type: 'tryAgain', sagaId, code: 'SEGMENT_FAILED', message: 'Busy.' };
    const { job, answers } = run([...inSegmentation, tryAgain, tryAgain, tryAgain, tryAgain]);
    expect([job.attempt, job.fields.tries, job.state, answers.at(-1)!.ok]).toEqual([
      0, birth.maxAttempts, 'SEGMENTING', false,
    ]);
    const retried = jobAfter([...inSegmentation, tryAgain, tryAgain, fail, retry]);
    expect([retried.attempt, retried.fields.tries]).toEqual([1, 0]);
    const lasting = { ...tryAgain, code: 'INVALID_IMAGE' } as ProductImageCommand;
    expect(run([...inSegmentation, lasting]).answers.at(-1)!.ok).toBe(false);
  });

  it('remembers a call from before it is begun until its result is reported, and uses no key twice', () => {
    const planned = jobAfter([...inSegmentation, plan('segmentation'), plan('segmentation', 5)]);
    expect(planned.fields.call).toMatchObject({ providerJobId: null, estimateMicroUsd: 1_000, day: '2026-11-22' });
    const started = jobAfter([...inSegmentation, plan('segmentation'), beginCall(), beginCall('other')]);
    expect([started.fields.call?.providerJobId, started.fields.segmentJobId]).toEqual(['p1', 'p1']);
    const failed = jobAfter([...inSegmentation, plan('segmentation'), beginCall(), endCall(700), endCall(700)]);
    expect([failed.costMicroUsd, failed.fields.call, failed.fields.segmentJobId, failed.fields.callsEnded]).toEqual([
      700, null, null, 1,
    ]);
    const done = jobAfter([...inSegmentation, plan('segmentation'), beginCall(), ofPipeline('segmentation', 900)]);
    expect([done.costMicroUsd, done.fields.call, done.fields.callsEnded]).toEqual([900, null, 1]);
  });

  it('is refused a call with which its estimate would pass the limit', () => {
    const limited = plan('backgrounds', 500, { limitMicroUsd: 1_300 });
    const steps = [...inSegmentation, plan('segmentation'), beginCall(), ofPipeline('segmentation', 801), limited];
    expect(run(steps).answers.at(-1)).toMatchObject({
      ok: false, refusal: { code: 'limit_reached', message: expect.stringContaining('0.000801 USD') },
    });
    const enough = [...steps.slice(0, -1), plan('backgrounds', 499, { limitMicroUsd: 1_300 })];
    expect(run(enough).answers.at(-1)!.ok).toBe(true);
  });

  it('is charged the estimate of a call that it did not wait for, and the real cost when it asks again', () => {
    const left = [...inSegmentation, plan('segmentation'), beginCall(), fail];
    expect(jobAfter(left).costMicroUsd).toBe(1_000);
    const again = [...left, retry, { type: 'start', sagaId }, take, original, ofPipeline('segmentation', 900)] as const;
    expect([jobAfter(again).costMicroUsd, jobAfter(again).fields.call]).toEqual([900, null]);
    expect(jobAfter([...inSegmentation, plan('segmentation'), fail]).costMicroUsd).toBe(0);
  });

  it('waits for the next day with its time limit standing still', () => {
    const until = startedAt + 86_400_000;
    const paused = jobAfter([...inSegmentation, { type: 'pause', sagaId, until }, { type: 'pause', sagaId, until }]);
    const left = timeLimitMs - 2_000;
    expect([paused.fields.pausedUntil, paused.deadlineAt]).toEqual([until, until + left]);
    const resumed = jobAfter([...inSegmentation, { type: 'pause', sagaId, until }, plan('segmentation')]);
    expect([resumed.fields.pausedUntil, resumed.deadlineAt]).toEqual([null, startedAt + 5_000 + left]);
  });
});

const cost = fc.integer({ min: 0, max: 5_000 });
const command: fc.Arbitrary<ProductImageCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(begun, take, original, start) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('segmentation', 'backgrounds'), cost).map(([a, b]) => plan(a, b)) },
  { weight: 4, arbitrary: fc.constantFrom('p1', 'p2').map(beginCall) },
  { weight: 2, arbitrary: fc.tuple(cost, fc.constantFrom('p1', 'p2')).map(([a, b]) => endCall(a, b)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('segmentation', 'backgrounds', 'composite', 'shopify'), cost)
      .map(([step, microUsd]) => ofPipeline(step, microUsd)),
  },
  { weight: 1, arbitrary: cost.map((microUsd) => reported(results.segmentation, microUsd)) },
  { weight: 2, arbitrary: fc.constantFrom(fail, expire, retry, retry) },
  { weight: 1, arbitrary: fc.constant({ ...plan('segmentation', 70), provider: 'other' }) },
  { weight: 1, arbitrary: fc.constant<ProductImageCommand>({ type: 'pause', sagaId, until: startedAt + 40_000 }) },
);

describe('any order of what the pipeline and others say of a product image', () => {
  it('counts as spent what the job has cost, and the estimate of a call that it waits for', () => {
    fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { job, effects } = run(commands);
      const counted = effects.flatMap((effect) => {
        return effect.type === 'count' && effect.counter === spendingCounter ? [effect.by] : [];
      });
      const { call } = job.fields;
      const awaited = call === null || call.isCharged ? 0 : call.estimateMicroUsd;
      expect(counted.reduce((sum, by) => sum + by, 0)).toBe(job.costMicroUsd + awaited);
    }), { numRuns: 500 });
  });

  it('leaves a job that its events fold to, and no saga to one that has ended', () => {
    fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { job, events, effects } = run(commands);
      expect(folded(events)).toEqual(job);
      const count = (wanted: string): number => effects.filter(({ type }) => type === wanted).length;
      const open = count('begin-saga') - count('cancel-saga');
      // The last report of the pipeline ends its saga by itself.
      const most = job.state === 'DONE' ? 1 : 0;
      if (job.endedAt === null) expect(open).toBe(job.fields.sagaId === null ? 0 : 1);
      else expect([job.fields.sagaId, open >= 0 && open <= most]).toEqual([null, true]);
    }), { numRuns: 300 });
  });
});
