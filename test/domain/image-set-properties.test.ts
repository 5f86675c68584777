import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { Effect } from '../../src/domain/job/kind.ts';
import { imageSet, rememberedKeys } from '../../src/kinds/image-set/domain/kind.ts';
import type { ImageSetCommand, ImageSetEvent, ImageSetJob } from '../../src/kinds/image-set/domain/types.ts';
import { commands, decide, record, resultOf, setAfter, startedAt } from './image-sets.ts';

const { create, confirm, execute, done, failed } = commands;

interface Run {
  readonly job: ImageSetJob;
  readonly events: readonly RecordedEvent<ImageSetEvent>[];
  readonly effects: readonly Effect[];
}

function run(given: readonly ImageSetCommand[], itemCount: number): Run {
  const birth = decide(null, create(itemCount), startedAt);
  if (!birth.ok) throw new Error(birth.refusal.message);
  const events = record(null, birth.value.events, startedAt);
  const effects: Effect[] = [...birth.value.effects];
  let job = foldAll(imageSet, events) as ImageSetJob;
  given.forEach((command, index) => {
    const now = startedAt + index * 60_000;
    const decision = decide(job, command, now);
    if (!decision.ok) return;
    const stored = record(job, decision.value.events, now);
    events.push(...stored);
    effects.push(...decision.value.effects);
    job = stored.reduce((one, event) => fold(imageSet, one, event), job);
  });
  return { job, events, effects };
}

const maxSize = 200;
const idx = fc.integer({ min: -1, max: maxSize + 1 });
const key = fc.oneof(
  fc.integer({ min: 0, max: maxSize }).map((at) => `key-${at}`),
  fc.string({ minLength: 1, maxLength: 20 }),
);
const result = fc
  .record({ idx, key, status: fc.constantFrom('done' as const, 'failed' as const) })
  .map((one): ImageSetCommand => ({ type: 'recordItemResult', result: resultOf(one.idx, one.status, one.key) }));
const anyCommand = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 0, max: maxSize + 1 }).map(confirm) },
  { weight: 2, arbitrary: fc.constant(execute()) },
  { weight: 20, arbitrary: result },
  { weight: 1, arbitrary: fc.constantFrom(commands.cancel(), commands.expire(), commands.giveUp(), create(2)) },
);
/** Half of the runs begin by getting the set to its workers, so that they do not all end before. */
const anyRun = fc
  .tuple(fc.integer({ min: 1, max: maxSize }), fc.boolean(), fc.array(anyCommand, { maxLength: 80 }))
  .map(([itemCount, ready, more]) => run(ready ? [confirm(itemCount), execute(), ...more] : more, itemCount));

describe('any sequence of commands on an image set', () => {
  it('leaves a set that its events fold to', () => {
    fc.assert(
      fc.property(anyRun, ({ job, events }) => {
        expect(foldAll(imageSet, events)).toEqual(job);
      }),
    );
  });

  it('settles a set once, at its end, for what was delivered', () => {
    fc.assert(
      fc.property(anyRun, ({ job, effects }) => {
        const settled = effects.flatMap((effect) => (effect.type === 'settle-reservation' ? [effect.delivered] : []));
        const histories = effects.filter(({ type }) => type === 'record-history').length;
        const delivered = [...job.items.values()].filter(({ state }) => state === 'done').length;
        expect(settled).toEqual(job.endedAt === null ? [] : [delivered]);
        expect(histories).toBe(settled.length);
      }),
    );
  });

  it('sends one message for a set that was queued, and none for another', () => {
    fc.assert(
      fc.property(anyRun, ({ events, effects }) => {
        const queued = events.filter(({ body }) => body.type === 'JobQueued').length;
        expect(effects.filter(({ type }) => type === 'send-message').length).toBe(queued);
        expect(queued).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never keeps more idempotency keys than its limit', () => {
    fc.assert(
      fc.property(anyRun, ({ job }) => {
        expect(job.fields.keys.length).toBeLessThanOrEqual(rememberedKeys);
      }),
    );
  });
});

describe('a set of two hundred items', () => {
  const size = 200;
  const results = Array.from({ length: size - 1 }, (_, at) => (at % 3 === 0 ? failed(at) : done(at)));
  const { job: almost } = run([confirm(size), execute(), ...results], size);

  it('keeps the newest idempotency keys only', () => {
    const first = size - 1 - rememberedKeys;
    expect(almost.fields.keys).toEqual(Array.from({ length: rememberedKeys }, (_, at) => `key-${first + at}`));
  });

  it('ignores any repeated result, however old, whatever its key and status', () => {
    const outcomes = results.flatMap((_one, at) =>
      [done(at), failed(at), done(at, 'a new key')].map((again) => decide(almost, again, startedAt)),
    );
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(
      new Set([JSON.stringify({ ok: true, value: { events: [], effects: [] } })]),
    );
  });

  it('is charged for what was delivered when the last item comes', () => {
    const decision = decide(almost, done(size - 1), startedAt);
    const delivered = size - results.filter((_one, at) => at % 3 === 0).length;
    const effects = [
      { type: 'settle-reservation', delivered, outcome: 'commit' }, { type: 'record-history' },
      { type: 'end-objects', part: 'results', policy: 'results' },
      { type: 'end-objects', part: 'inputs', policy: 'inputs' },
    ];
    expect(decision).toMatchObject({ ok: true, value: { effects } });
  });

  it('fails every item that is missing when its time is over, in one decision', () => {
    const job = setAfter(create(size), confirm(size), execute());
    const decision = decide(job, commands.expire(), job.deadlineAt ?? 0);
    const types = decision.ok ? decision.value.events.map(({ type }) => type) : [];
    expect(types).toEqual(['JobStarted', ...Array.from({ length: size }, () => 'ItemRecorded'), 'JobFailed']);
  });
});
