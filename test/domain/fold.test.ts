import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../src/domain/errors.ts';
import { fold, foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import type { ImageSetEvent } from '../../src/kinds/image-set/domain/types.ts';
import { task } from '../../src/kinds/task/domain/kind.ts';
import type { TaskEvent } from '../../src/kinds/task/domain/types.ts';
import { commands, eventsOf, record, resultOf, setAfter, startedAt } from './image-sets.ts';
import * as tasks from './tasks.ts';

const { create, confirm, execute, done, failed, cancel } = commands;
const whole = eventsOf([create(3), confirm(2), execute(), done(1), failed(0)]);

describe('a job folded from its events', () => {
  it('has the fields that they give it', () => {
    const item = { recordedAt: startedAt + 3, idx: 1, state: 'done', error: null, errorCode: null };
    expect(foldAll(imageSet, whole)).toMatchObject({
      id: 'job',
      kind: 'image-set',
      ownerId: 'ada',
      state: 'done',
      phase: 'succeeded',
      version: whole.length,
      createdAt: startedAt,
      updatedAt: startedAt + 4,
      startedAt: startedAt + 3,
      endedAt: startedAt + 4,
      deadlineAt: null,
      fields: { itemCount: 3, total: 2, done: 1, failed: 1, keys: ['key-1', 'key-0'], cancelReason: null },
      items: new Map([
        [1, { ...item, outputKey: 'outputs/ada/job/1_result.png', previewKey: 'previews/ada/job/1_thumb.jpg' }],
        [
          0,
          {
            ...item, idx: 0, state: 'failed', error: 'no wall found', errorCode: 'no_mask', outputKey: null,
            previewKey: null,
            recordedAt: startedAt + 4,
          },
        ],
      ]),
    });
  });

  it('is null without events', () => {
    expect(foldAll(imageSet, [])).toBeNull();
  });

  it('is the same whether folded at once or one event after another', () => {
    const steps = whole.reduce<ReturnType<typeof foldAll<never, never>>>(
      (job, event) => fold(imageSet as never, job, event as never),
      null,
    );
    expect(steps).toEqual(foldAll(imageSet, whole));
  });

  it('does not modify the job before an event', () => {
    const before = setAfter(create(2), confirm(2), execute());
    const copy = structuredClone(before);
    fold(imageSet, before, record(before, [{ type: 'JobStarted', state: 'running' }], startedAt)[0] as never);
    expect(before).toEqual(copy);
  });

  it('has the time of its first start, whatever starts follow', () => {
    expect(setAfter(create(2), confirm(2), execute()).startedAt).toBeNull();
    expect(setAfter(create(2), confirm(2), execute(), done(0), done(1)).startedAt).toBe(startedAt + 3);
  });
});

describe('folding an event that must never be stored throws:', () => {
  const wrong = (event: Partial<RecordedEvent<ImageSetEvent>>, at = whole.length - 1): unknown => {
    const events = whole.map((one, index) => (index === at ? { ...one, ...event } : one));
    return foldAll(imageSet, events);
  };

  it('one that leaves a gap', () => {
    expect(() => foldAll(imageSet, whole.filter((_event, index) => index !== 2))).toThrow(/follows version 2/);
  });

  it('one that comes twice', () => {
    expect(() => foldAll(imageSet, [...whole.slice(0, 2), whole[1]!])).toThrow(/follows version 2/);
  });

  it("one of another job's", () => {
    expect(() => wrong({ jobId: 'another' })).toThrow(/it is not an event of the image-set job/);
  });

  it("one of another kind's", () => {
    expect(() => wrong({ kind: 'task' })).toThrow(/it is not an event of the image-set job/);
  });

  it('one with a transition that is not declared', () => {
    const body = { type: 'JobQueued', state: 'queued' } as never;
    expect(() => wrong({ body }, 1)).toThrow(/no way from created to queued/);
  });

  it('one into a state that does not exist', () => {
    const body = { type: 'JobLost', state: 'lost' } as never;
    expect(() => wrong({ body }, 1)).toThrow(/no way from created to lost/);
  });

  it('a first event that creates no job', () => {
    const [second] = record(null, [{ type: 'UploadConfirmed', state: 'uploaded', total: 1 }], startedAt);
    expect(() => foldAll(imageSet, [second!])).toThrow(InvariantViolation);
    const [stateless] = record(null, [{ type: 'ItemRecorded', result: resultOf(0, 'done', 'key') }], startedAt);
    expect(() => foldAll(imageSet, [stateless!])).toThrow(InvariantViolation);
  });

  it('a second result of one item', () => {
    const job = setAfter(create(2), confirm(2), execute(), done(0));
    const [again] = record(job, [{ type: 'ItemRecorded', result: resultOf(0, 'failed', 'other') }], startedAt);
    expect(() => fold(imageSet, job, again!)).toThrow(/item 0 has its result already/);
  });

  it('anything after the end', () => {
    const job = setAfter(create(2), confirm(2), execute(), cancel());
    const [late] = record(job, [{ type: 'ItemRecorded', result: resultOf(0, 'done', 'late') }], startedAt);
    expect(() => fold(imageSet, job, late!)).toThrow(/has ended/);
  });
});

describe('the header of a job', () => {
  const labels = (made: Record<string, string>): typeof imageSet => ({ ...imageSet, labels: () => made });
  const [birth] = whole;

  it('has the labels that its kind gives its first event, for good', () => {
    expect(foldAll(imageSet, whole)?.labels).toEqual({ preset: 'interior' });
    const most = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`${n}`.padEnd(63, 'n'), 'é'.repeat(255)]));
    expect(foldAll(labels(most), whole)?.labels).toEqual(most);
  });

  it.each([
    ['more than 16', Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`n${n}`, ''])), /17 labels/],
    ['one without a name', { '': 'a' }, /no name of 1 to 63/],
    ['a name that is too long', { ['n'.repeat(64)]: 'a' }, /no name of 1 to 63/],
    ['a value that is too long', { n: 'a'.repeat(256) }, /no value of at most 255/],
    ['half a character', { n: '\ud800' }, /no value/],
    ['NUL', { n: 'a\0' }, /no value/],
  ])('has no labels with %s', (_, made, message) => {
    expect(() => fold(labels(made), null, birth!)).toThrow(message);
  });

  it('has its parent and its cost', () => {
    const part = { ...birth!, body: { ...birth!.body, parentId: 'pipeline', costMicroUsd: 3 } as ImageSetEvent };
    const job = fold(imageSet, null, part);
    expect([job.parentId, job.costMicroUsd]).toEqual(['pipeline', 3]);
    expect(foldAll(imageSet, whole)).toMatchObject({ parentId: null, costMicroUsd: 0 });
    const [costs] = record(job, [{ type: 'UploadConfirmed', state: 'uploaded', total: 1, costMicroUsd: 5 }], startedAt);
    expect(fold(imageSet, job, costs!).costMicroUsd).toBe(5);
    for (const costMicroUsd of [-1, 0.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN]) {
      const broken = { ...costs!, body: { ...costs!.body, costMicroUsd } };
      expect(() => fold(imageSet, job, broken)).toThrow(/a cost of/);
    }
  });
});

describe('a job that workers lease', () => {
  const { says } = tasks;
  const made = tasks.create({ data: { file: 'a.csv' } });

  it('keeps what was submitted', () => {
    const { type, input, lease, attempt } = tasks.taskAfter(made);
    expect({ type, input, lease, attempt }).toEqual({ type: 'import', input: made.input, lease: null, attempt: 0 });
  });

  it('has the lease of whoever claimed it, whose token is the number of that event', () => {
    const job = tasks.taskAfter(made, 'claim', says.progress(1, 2));
    expect([job.lease, job.attempt, job.version]).toEqual([{ token: 2, workerId: 'worker' }, 1, 3]);
  });

  it('has no lease after any event that enters a state, and keeps its attempts', () => {
    const job = tasks.taskAfter(made, 'claim', says.fail());
    expect([job.lease, job.attempt]).toEqual([null, 1]);
    expect(tasks.taskAfter(made, 'claim', says.fail(), 'claim').lease?.token).toBe(4);
  });

  it('counts attempts as its events say, also down', () => {
    expect(tasks.taskAfter(made, 'claim', says.release()).attempt).toBe(0);
    expect(tasks.taskAfter(made, 'claim', says.fail(), tasks.cancel, tasks.retry()).attempt).toBe(0);
  });

  it('has not ended once it is reopened, and ends again', () => {
    const reopened = tasks.taskAfter(made, tasks.cancel, tasks.retry());
    expect([reopened.phase, reopened.endedAt]).toEqual(['waiting', null]);
    expect(tasks.taskAfter(made, tasks.cancel, tasks.retry(), 'claim', says.complete()).endedAt).toBe(startedAt + 4);
  });

  it.each<[string, TaskEvent, RegExp]>([
    [
      'that leaves its state as it is',
      { type: 'CostReported', microUsd: 1, costMicroUsd: 1 },
      /the job has ended: it is canceled/,
    ],
    [
      'that ends it once more',
      { type: 'TaskCanceled', state: 'canceled', reason: 'requested' },
      /the job has ended: it is canceled/,
    ],
    [
      'that goes on without reopening it',
      { type: 'TaskStarted', state: 'processing', attempt: 1, workerId: 'worker' },
      /no way from canceled to processing/,
    ],
  ])('throws after its end at an event %s', (_name, body, message) => {
    const ended = tasks.taskAfter(made, tasks.cancel);
    const [late] = tasks.record(ended, [body], startedAt);
    expect(() => fold(task, ended, late!)).toThrow(message);
  });
});
