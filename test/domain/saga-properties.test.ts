import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import { defineSaga, type SagaDefinition, type StepDefinition } from '../../src/domain/saga/definition.ts';
import { jobServed, saga } from '../../src/domain/saga/kind.ts';
import { orderSaga } from '../../src/testing/sample-kinds/order-saga.ts';
import {
  begin, cancel, doneAndUndone, isEnded, says, settle, startedAt, take, type Place, type Step,
} from './sagas.ts';

const wait = fc.integer({ min: 0, max: 90_000 });
const policy = {
  maxAttempts: fc.integer({ min: 1, max: 4 }),
  backoff: fc.record({ firstMs: wait, maxMs: wait }),
  timeoutMs: fc.integer({ min: 1, max: 86_400_000 }),
};
const definition: fc.Arbitrary<SagaDefinition> = fc.record({
  type: fc.constant('ANY'),
  steps: fc
    .array(fc.record({ ...policy, compensated: fc.boolean(), awaits: fc.boolean() }), { minLength: 1, maxLength: 5 })
    .map((steps) =>
      steps.map(({ awaits, ...step }, index) => {
        const awaited = awaits && index > 0 && index < steps.length - 1;
        return { ...step, name: `step-${index}`, ...(awaited && { awaited, maxAttempts: 1 }) };
      }),
    ),
  compensation: fc.record(policy),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Step>('claim') },
  { weight: 6, arbitrary: fc.integer().map((output): Step => says.done({ output })) },
  { weight: 3, arbitrary: fc.tuple(fc.boolean(), random).map(([again, one]): Step => says.fail(again, one)) },
  { weight: 1, arbitrary: random.map((one): Step => says.unable(one)) },
  { weight: 2, arbitrary: fc.tuple(fc.boolean(), random).map(([late, one]): Step => says.silent(late, one)) },
  { weight: 1, arbitrary: fc.constantFrom<Step>(says.release(), says.end(), cancel) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.boolean()).map(([index, good]): Step =>
      settle(`step-${index}`, good ? { ok: true, output: 'heard' } : { ok: false, code: 'no', message: 'No.' }),
    ),
  },
);

/** What makes no sense where the saga is, is left out. A second passes from one step to the next. */
const anyRun = fc.tuple(definition, fc.array(step, { maxLength: 60 })).map(([defined, taken]) => {
  const places: Place[] = [begin(defineSaga(defined))];
  taken.forEach((one, index) => {
    const next = take(places.at(-1)!, one, startedAt + (index + 1) * 1_000);
    if (next !== null) places.push(next);
  });
  return { defined, places, last: places.at(-1)! };
});

describe('any course of a saga', () => {
  it('folds to what it is, and offers work exactly until its end', () => {
    fc.assert(fc.property(anyRun, ({ last: { job, events, offered, wrong } }) => {
      expect(foldAll(saga, events)).toEqual(job);
      expect(wrong).toEqual([]);
      expect(offered === null).toBe(isEnded(job));
      expect(jobServed(job)).toBe('served');
    }));
  });

  it('keeps the output of a completed step for good', () => {
    fc.assert(fc.property(anyRun, ({ last: { job, events } }) => {
      for (const { body } of events) {
        if (body.type !== 'StepCompleted') continue;
        expect(job.fields.steps.find(({ name }) => name === body.step)?.output).toEqual(body.output);
      }
    }));
  });

  it('waits out the backoff between attempts, and gives each the time limit of its step', () => {
    fc.assert(fc.property(anyRun, ({ defined, places }) => {
      for (const { job, offered, events } of places) {
        // What is heard early leaves the saga where it is.
        const { body, occurredAt } = events.findLast((event) => event.body.type !== 'StepSettled')!;
        if (job.state !== 'waiting' || offered === null || job.fields.next.mode === 'ending') continue;
        const { mode, step: name } = job.fields.next;
        const of = mode === 'forward' ? defined.steps.find((one) => one.name === name)! : defined.compensation;
        expect(offered.timeoutMs).toBe(of.timeoutMs);
        const retried = (body.type === 'StepFailed' || body.type === 'StepCompensationFailed') && !body.final;
        // One that was lost while it undid does not count, nor one of a runner that could not do it.
        const isLost = body.type === 'StepCompensationFailed' && body.code === 'runner_lost';
        const isUnable = 'code' in body && body.code === 'elsewhere';
        const made = Math.max(0, job.attempt - (isLost || isUnable ? 0 : 1));
        const most = Math.min(of.backoff.maxMs, of.backoff.firstMs * 2 ** made);
        expect(offered.dueAt - occurredAt).toBeLessThanOrEqual(retried ? most : 0);
        expect(offered.dueAt - occurredAt).toBeGreaterThanOrEqual(retried ? Math.floor(most / 2) : 0);
      }
    }));
  });

  it('undoes in reverse order nothing that was not begun, and goes forward no more once it goes back', () => {
    fc.assert(fc.property(anyRun, ({ defined, last }) => {
      const course = doneAndUndone(last);
      const turned = course.findIndex((one) => one.startsWith('-'));
      if (turned === -1) return;
      const back = course.slice(turned).map((one) => defined.steps.findIndex(({ name }) => `-${name}` === one));
      expect(back).toEqual([...back].sort((a, b) => b - a));
      expect(back.every((index) => index >= 0 && last.job.fields.steps[index]?.startedAt !== null)).toBe(true);
    }));
  });
});

it('a step that only some runners can do waits for one of them, however often others had it', () => {
  const tries = Array.from({ length: 50 }, (): readonly Step[] => ['claim', says.unable()]).flat();
  const waiting = tries.reduce<Place>((place, one) => take(place, one) ?? place, begin(orderSaga));
  expect(waiting.job).toMatchObject({ state: 'waiting', attempt: 0, fields: { failure: null } });
  const done = take(take(waiting, 'claim')!, says.done())!;
  expect(done.job.fields.steps[0]).toMatchObject({ state: 'completed', attempts: 1 });
});

it.each([[90, 550], [3_600_000, 3_600_000], [999_999_999, 86_400_000]])(
  'a step whose runner asks for another attempt in %d ms, and not before, gets it in %d',
  (retryInMs, waitMs) => {
    const { job } = take(begin(orderSaga), 'claim')!;
    const token = job.lease?.token ?? 0;
    const failed = { type: 'fail', token, code: 'busy', message: 'Later.', retryable: true, random: 0.9 } as const;
    const decided = saga.decide(job, { ...failed, retryInMs }, startedAt);
    expect(decided.ok && decided.value.effects).toMatchObject([
      { type: 'offer-work', work: { dueAt: startedAt + waitMs, pauseMs: waitMs } },
    ]);
  },
);

describe('an awaited step of a saga', () => {
  it('is over as soon as it is settled, and is handed to a runner only when its time is over', () => {
    fc.assert(fc.property(anyRun, ({ defined, places }) => {
      for (const { job, offered, events } of places) {
        const { next } = job.fields;
        const { awaited = false, timeoutMs = 0 } = defined.steps.find(({ name }) => name === next.step) ?? {};
        const isAwaiting = awaited && next.mode === 'forward' && job.lease === null && job.endedAt === null;
        expect(job.state === 'awaiting').toBe(isAwaiting);
        if (job.state !== 'awaiting') continue;
        expect(job.fields.early[next.step!]).toBeUndefined();
        const { body, occurredAt } = events.findLast((event) => event.body.state === 'awaiting')!;
        // A runner that had it when its time was over, and stopped: the next one may have it at once.
        expect(offered?.dueAt).toBe(occurredAt + (body.type === 'AttemptReleased' ? 0 : timeoutMs));
      }
    }));
  });

  const [first, second, third] = orderSaga.steps as readonly StepDefinition[];
  const awaiting = defineSaga<string>({ ...orderSaga, steps: [first!, { ...second!, awaited: true }, third!] });
  const good = settle('check', { ok: true, output: 42 });
  const course = (...steps: readonly Step[]): Place =>
    steps.reduce<Place>((place, one) => take(place, one) ?? place, begin(awaiting));

  it('is completed by what settles it, before its turn or in it, and once', () => {
    for (const steps of [['claim', good, says.done()], ['claim', says.done(), good], [good, 'claim', says.done()]]) {
      const { job } = course(...(steps as Step[]), good, settle('check', { ok: false, code: 'x', message: 'X.' }));
      expect(job.fields.next).toEqual({ mode: 'forward', step: 'send' });
      expect(job.fields.steps[1]).toMatchObject({ state: 'completed', attempts: 1, output: 42 });
      expect(job.state).toBe('waiting');
    }
  });

  it('turns the saga round when it failed, and when nobody settles it in time', () => {
    const failed = course('claim', says.done(), settle('check', { ok: false, code: 'gone', message: 'Gone.' }));
    expect(failed.job.fields).toMatchObject({ failure: { step: 'check', code: 'gone' } });
    const late = course('claim', says.done(), 'claim', says.fail(false));
    expect(late.events.map(({ body }) => body.type)).toContain('StepTimedOut');
    for (const { job } of [failed, late]) expect(job.fields.next.mode).not.toBe('forward');
  });

  it('may still be settled while a runner finds that its time is over', () => {
    const { job } = course('claim', says.done(), 'claim', good, says.fail(false));
    expect(job.fields.steps[1]).toMatchObject({ state: 'completed' });
    expect(job).toMatchObject({ state: 'waiting', lease: null });
  });
});

describe('the definition of a saga', () => {
  const [first] = orderSaga.steps as readonly StepDefinition[];
  it.each<[string, Partial<SagaDefinition>, string]>([
    ['no steps', { steps: [] }, '1 to 50 steps'],
    ['two steps of one name', { steps: [first!, first!] }, 'one name'],
    ['a name that is too long', { steps: [{ ...first!, name: 'x'.repeat(101) }] }, '1 to 100'],
    ['a type with spaces', { type: 'an order' }, '1 to 50'],
    ['an awaited first step', {
      steps: [{ ...first!, maxAttempts: 1, awaited: true }, { ...first!, name: 'b' }],
    }, 'awaited'],
    ['an awaited step of two attempts', {
      steps: [first!, { ...first!, name: 'b', maxAttempts: 2, awaited: true }, { ...first!, name: 'c' }],
    }, 'one attempt'],
    ['no attempts', { steps: [{ ...first!, maxAttempts: 0 }] }, 'maxAttempts'],
    ['a time limit of two days', { compensation: { ...first!, timeoutMs: 2 * 86_400_000 } }, 'timeoutMs'],
    ['a wait below zero', { compensation: { ...first!, backoff: { firstMs: -1, maxMs: 1 } } }, 'backoff'],
  ])('is refused with %s', (_, change, why) => {
    expect(() => defineSaga<string>({ ...orderSaga, ...change })).toThrow(why);
  });
});
