import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageCounter } from '../../src/kinds/product-image/domain/decide.ts';
import { errorCodes } from '../../src/kinds/product-image/domain/error-codes.ts';
import { productImageLifecycle } from '../../src/kinds/product-image/domain/lifecycle.ts';
import type { ProductImageCommand, StepResult } from '../../src/kinds/product-image/domain/types.ts';
import { birth, expire, fail, folded, reported, results, retry, run, start } from './product-images.ts';

const microUsd = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000_000_000 }));
const other: Readonly<Record<keyof typeof results, StepResult>> = {
  segmentation: { ...results.segmentation, maskKey: 'masks/VWS200433868/other.png', segmentJobId: 'p-7' },
  backgrounds: { ...results.backgrounds, bgKeys: ['backgrounds/default/VWS200433868/other.jpg'] },
  composite: { ...results.composite, thumbKeys: ['thumbs/VWS200433868/abc123_400.jpg'] },
  shopify: { ...results.shopify, shopifyProductId: 'gid://shopify/Product/7' },
};
const result = fc
  .tuple(fc.constantFrom('segmentation', 'backgrounds', 'composite', 'shopify'), fc.boolean())
  .map(([step, usual]): StepResult => (usual ? results : other)[step]);

const command: fc.Arbitrary<ProductImageCommand> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(start) },
  { weight: 10, arbitrary: fc.tuple(result, microUsd).map(([one, cost]) => reported(one, cost)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...errorCodes).map((code): ProductImageCommand => ({ ...fail, code } as typeof fail)),
  },
  { weight: 2, arbitrary: fc.constant(retry) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ProductImageCommand>(
      expire, { ...expire, onlyOverdue: true } as typeof expire, { type: 'cancel' },
      { type: 'addDependent', jobId: 'd' }, { type: 'dependencyEnded', jobId: 'd', phase: 'failed' },
      { type: 'loseLease', token: 1, timedOut: false, random: 0 },
    ),
  },
);
const anyRun = fc.array(command, { maxLength: 60 }).map((commands) => run(commands));

describe('any order of commands on a product image', () => {
  it('stores only what the lifecycle declares, with the fields that each state requires', () => {
    // `run` folds every event, and throws where a state is entered without what it requires.
    fc.assert(fc.property(anyRun, ({ jobs }) => {
      for (const { state, fields } of jobs) {
        for (const name of productImageLifecycle.states[state as 'NEW'].requires ?? []) {
          expect([state, name, fields[name as 'sku']]).not.toEqual([state, name, null]);
        }
      }
    }));
  });

  it('leaves a job that its events fold to', () => {
    fc.assert(fc.property(anyRun, ({ job, events }) => {
      expect(folded(events)).toEqual(job);
    }));
  });

  it('sums the costs of the recorded reports exactly, and never less than before', () => {
    fc.assert(fc.property(anyRun, ({ job, jobs, events }) => {
      const costs = events.map(({ body }) => (body.type === 'StepDone' ? BigInt(body.microUsd) : 0n));
      expect(BigInt(job.costMicroUsd)).toBe(costs.reduce((sum, one) => sum + one, 0n));
      for (let at = 1; at < jobs.length; at++) {
        expect(jobs[at]!.costMicroUsd).toBeGreaterThanOrEqual(jobs[at - 1]!.costMicroUsd);
      }
    }));
  });

  it('counts the job for its sku while it has not failed, and never otherwise', () => {
    fc.assert(fc.property(anyRun, ({ job, effects }) => {
      const counts = effects.flatMap((effect) => {
        return effect.type === 'count' && effect.counter === imageCounter ? [effect] : [];
      });
      expect(new Set(counts.map(({ scope }) => scope))).toEqual(new Set([birth.sku]));
      expect(counts.reduce((sum, { by }) => sum + by, 0)).toBe(job.state === 'FAILED' ? 0 : 1);
    }));
  });

  it('retries no more often than allowed, and only what failed', () => {
    fc.assert(fc.property(anyRun, ({ job, events }) => {
      expect(job.attempt).toBe(events.filter(({ body }) => body.type === 'ImageRetried').length);
      expect(job.attempt).toBeLessThanOrEqual(birth.maxAttempts);
    }));
  });

  it('changes nothing by a command that is said again at once', () => {
    fc.assert(fc.property(fc.array(command, { maxLength: 30 }), command, (commands, last) => {
      const [said, again] = run([...commands, last, last]).answers.slice(-2);
      // The second retry is another command than the first.
      if (!said!.ok || last.type === 'retry') return;
      expect(again!.ok ? again!.value.events : []).toEqual([]);
    }));
  });

  it('names the state in every refusal of a command that is out of it', () => {
    fc.assert(fc.property(anyRun, ({ answers }) => {
      for (const answer of answers) {
        // That nothing can depend on it, has nothing to do with its state.
        if (answer.ok || answer.refusal.code === 'invalid_request') continue;
        const { code, message, details } = answer.refusal;
        expect([code, productImageLifecycle.stateNames.includes(details?.['state'] as never)]).toEqual([
          'conflict', true,
        ]);
        expect(message.length).toBeGreaterThan(20);
      }
    }));
  });
});
