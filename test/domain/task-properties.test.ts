import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { Effect } from '../../src/domain/job/kind.ts';
import { percentOf } from '../../src/kinds/task/domain/decide.ts';
import { errorLogLength, task } from '../../src/kinds/task/domain/kind.ts';
import type { TaskEvent, TaskInput } from '../../src/kinds/task/domain/types.ts';
import { backoffMs } from '../../src/domain/retry.ts';
import {
  addDependent, cancel, create, decide, dependencyEnded, record, retry, says, startedAt, taskAfter,
  type Create, type Step, type Task,
} from './tasks.ts';

interface Run {
  readonly job: Task;
  readonly jobs: readonly Task[];
  readonly events: readonly RecordedEvent<TaskEvent>[];
  readonly effects: readonly { readonly effect: Effect; readonly at: number }[];
}

/** What makes no sense where the task is, is left out. A second passes from one step to the next. */
function run(birth: Create, steps: readonly Step[]): Run {
  let job: Task | null = null;
  const [jobs, events, effects]: [Task[], RecordedEvent<TaskEvent>[], Run['effects'][number][]] = [[], [], []];
  [birth, ...steps].forEach((step, index) => {
    const at = startedAt + index * 1_000;
    if (step === 'claim' && (job?.state !== 'pending' || (job.fields.waitsFor ?? []).length > 0)) return;
    const decision = decide(job, step, at);
    if (!decision.ok) return;
    const stored = record(job, decision.value.events, at);
    job = stored.reduce((one: Task | null, event) => fold(task, one, event), job);
    events.push(...stored);
    effects.push(...decision.value.effects.map((effect) => ({ effect, at })));
    if (job !== null) jobs.push(job);
  });
  if (job === null) throw new Error('nothing was created');
  return { job, jobs, events, effects };
}

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const count = fc.integer({ min: 0, max: 1_000 });
const id = fc.constantFrom('a', 'b', 'c');
const backoff = fc.record({ firstMs: fc.integer({ min: 1, max: 60_000 }), maxMs: fc.integer({ min: 1, max: 90_000 }) });
const birth = fc
  .record({
    maxAttempts: fc.integer({ min: 1, max: 4 }), backoff, onDependencyFailure: fc.constantFrom('cancel', 'run'),
    dependsOn: fc.uniqueArray(id),
  })
  .map(({ dependsOn, ...given }) => create({ ...given, dependsOn }, { waitsFor: dependsOn }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>('claim') },
  { weight: 4, arbitrary: fc.tuple(count, fc.option(count)).map(([done, total]): Step => says.progress(done, total)) },
  { weight: 3, arbitrary: fc.string().map((message): Step => says.error(message)) },
  { weight: 3, arbitrary: random.map((one): Step => says.fail(true, null, one)) },
  { weight: 2, arbitrary: fc.tuple(fc.boolean(), random).map(([late, one]): Step => says.silent(late, one)) },
  { weight: 1, arbitrary: fc.constantFrom<Step>(says.complete(), says.fail(false), says.release(), cancel) },
  { weight: 2, arbitrary: fc.constantFrom<Step>(retry(), retry('a'), addDependent('d')) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(id, fc.constantFrom('succeeded', 'succeeded', 'failed', 'canceled'))
      .map(([jobId, phase]): Step => dependencyEnded(jobId, phase)),
  },
);
const anyRun = fc.tuple(birth, fc.array(step, { maxLength: 60 })).map(([first, steps]) => run(first, steps));

const inputOf = (job: Task): TaskInput => job.input as TaskInput;

describe('any sequence of commands on a task', () => {
  it('leaves a task that its events fold to', () => {
    fc.assert(
      fc.property(anyRun, ({ job, events }) => {
        expect(foldAll(task, events)).toEqual(job);
      }),
    );
  });

  it('never begins more attempts than allowed, except by a manual retry', () => {
    fc.assert(
      fc.property(anyRun, ({ job, events }) => {
        let counted = 0;
        for (const { body } of events) {
          if (body.type === 'TaskStarted') counted += 1;
          if (body.type === 'TaskReleased' || body.type === 'TaskSuspended') counted -= 1;
          if (body.type === 'TaskRetried') counted = 0;
          expect(counted).toBeLessThanOrEqual(inputOf(job).maxAttempts);
        }
        expect(job.attempt).toBe(counted);
      }),
    );
  });

  it('gives every lease a token that is greater than all before', () => {
    fc.assert(
      fc.property(anyRun, ({ jobs }) => {
        const tokens = jobs.flatMap(({ lease }, at) => {
          const token = lease?.token ?? null;
          return token === null || token === jobs[at - 1]?.lease?.token ? [] : [token];
        });
        expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
      }),
    );
  });

  it('begins a failed attempt again within the bounds of its backoff', () => {
    fc.assert(
      fc.property(anyRun, ({ job, jobs, events }) => {
        const { firstMs, maxMs } = inputOf(job).backoff;
        for (const { body, occurredAt, sequence } of events) {
          if (body.type !== 'AttemptFailed' || body.error.message.startsWith('The worker')) continue;
          const before = jobs.findLast(({ version }) => version < sequence);
          const full = Math.min(maxMs, firstMs * 2 ** ((before?.attempt ?? 0) - 1));
          const pause = body.runAt - occurredAt;
          expect([pause >= Math.floor(full / 2), pause <= Math.ceil(full)]).toEqual([true, true]);
        }
      }),
    );
  });

  it('offers work as soon as it may begin, and never before its dependencies have ended', () => {
    fc.assert(
      fc.property(anyRun, ({ job, events, effects }) => {
        for (const { effect, at } of effects) {
          if (effect.type === 'offer-work') expect(effect.work.dueAt).toBeGreaterThanOrEqual(at);
        }
        const begun = events.findIndex(({ body }) => body.type === 'TaskStarted');
        const before = events.slice(0, begun === -1 ? 0 : begun);
        if (begun === -1 || before.some(({ body }) => body.type === 'TaskRetried')) return;
        const ended = before.flatMap(({ body }) => (body.type === 'DependencyEnded' ? [body.jobId] : []));
        expect(ended.toSorted()).toEqual([...inputOf(job).dependsOn].toSorted());
      }),
    );
  });

  it('is ended by a cancel and the silence of its worker, as canceled', () => {
    fc.assert(
      fc.property(anyRun, ({ job }) => {
        if (job.endedAt !== null) return;
        const end = [cancel, says.silent()].reduce((one, said) => {
          const decision = decide(one, said, startedAt);
          const stored = decision.ok ? record(one, decision.value.events, startedAt) : [];
          return stored.reduce((before, event) => fold(task, before, event), one);
        }, job);
        expect([end.state, end.lease]).toEqual(['canceled', null]);
      }),
    );
  });

  it('keeps the newest hundred errors, oldest first', () => {
    const many = fc.array(fc.constantFrom('report', 'fail', 'silence'), { minLength: 90, maxLength: 260 });
    fc.assert(
      fc.property(many, (kinds) => {
        const steps = kinds.flatMap((kind, at): Step[] => {
          if (kind === 'report') return ['claim', says.error(`error ${at}`, `row ${at}`)];
          return kind === 'fail' ? ['claim', says.fail(), retry()] : ['claim', says.silent(), retry()];
        });
        const { job, events } = run(create({ maxAttempts: 3 }), steps);
        const errors = events.flatMap(({ body }) => ('error' in body ? [body.error] : []));
        expect(errors.length).toBe(kinds.length);
        expect(job.fields.errorLog).toEqual(errors.slice(-errorLogLength));
      }),
      { numRuns: 30 },
    );
  });
});

describe('progress in percent', () => {
  it('is the share rounded down, and below 100 until the task is completed', () => {
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 1_000 }), (processed, total) => {
        const job = taskAfter(create(), 'claim', says.progress(processed, total));
        expect(percentOf(job)).toBe(Math.min(99, Math.floor((100 * processed) / total)));
        const done = taskAfter(create(), 'claim', says.progress(processed, total), says.complete());
        expect(percentOf(done)).toBe(100);
      }),
    );
  });

  it('is an integer from 0 to 99 for every task that is not completed, whatever was reported', () => {
    fc.assert(
      fc.property(anyRun, ({ jobs }) => {
        const percents = jobs.filter(({ state }) => state !== 'completed').map(percentOf);
        expect(percents.filter((one) => !Number.isInteger(one) || one < 0 || one > 99)).toEqual([]);
      }),
    );
  });

  it('is 0 of an unknown number of items, and of none', () => {
    const steps: Step[] = ['claim', says.progress(7)];
    expect(percentOf(taskAfter(create(), ...steps))).toBe(0);
    expect(percentOf(taskAfter(create(), 'claim', says.progress(0, 0)))).toBe(0);
  });

  it('starts anew with each attempt, with the same number of items', () => {
    for (const end of [says.fail(), says.silent(), says.release()]) {
      const { fields } = taskAfter(create(), 'claim', says.progress(3, 10), end);
      expect([fields.processedItems, fields.totalItems]).toEqual([0, 10]);
    }
  });
});

describe('the wait before the next attempt', () => {
  it('is between half and all of the full backoff, doubles, and stops growing', () => {
    fc.assert(
      fc.property(backoff, fc.integer({ min: 1, max: 100 }), random, (given, attempt, one) => {
        const full = Math.min(given.maxMs, given.firstMs * 2 ** (attempt - 1));
        const wait = backoffMs(given, attempt, one);
        expect([wait >= Math.floor(full / 2), wait <= Math.ceil(full)]).toEqual([true, true]);
        expect(backoffMs(given, attempt, 0)).toBe(full);
      }),
    );
  });

  it('is what the handler asks for, if it does', () => {
    const { fields } = taskAfter(create(), 'claim', says.fail(true, 123_000));
    expect(fields.runAt).toBe(startedAt + 2 + 123_000);
  });

  it('is none after a lost worker, which is not the task\'s fault', () => {
    expect(taskAfter(create(), 'claim', says.silent(false)).fields.runAt).toBe(startedAt + 2);
  });
});

describe('a task across attempts and retries', () => {
  it('has the cost of all attempts, including failed ones', () => {
    const steps: Step[] = ['claim', says.cost(5), says.fail(), 'claim', says.cost(7), says.silent(), retry()];
    expect(taskAfter(create(), ...steps, 'claim', says.cost(1)).costMicroUsd).toBe(13);
  });

  it('has its cancel reason until it is retried', () => {
    const canceled = taskAfter(create({ dependsOn: ['a'] }, { waitsFor: ['a'] }), dependencyEnded('a', 'failed'));
    expect(canceled.fields.cancelReason).toBe('job a, which it depends on, failed');
    expect(taskAfter(create(), cancel).fields.cancelReason).toBe('requested');
    expect(taskAfter(create(), cancel, retry()).fields.cancelReason).toBeNull();
  });

  it('has the time of its first start, through every attempt and retry', () => {
    const job = taskAfter(create(), 'claim', says.fail(), 'claim', says.fail(), retry(), 'claim');
    expect([job.startedAt, job.attempt]).toEqual([startedAt + 1, 1]);
  });

  it('has no end time once it was retried', () => {
    const job = taskAfter(create(), cancel, retry());
    expect([job.endedAt, job.phase]).toEqual([null, 'waiting']);
  });
});

describe('the tasks that depend on one', () => {
  it('begin after the last of their dependencies, and not before their own time', () => {
    const birthLater = create({ dependsOn: ['a', 'b'] }, { runAt: startedAt + 60_000, waitsFor: ['a', 'b'] });
    const { effects } = run(birthLater, [dependencyEnded('a', 'succeeded'), dependencyEnded('b', 'succeeded')]);
    const offered = effects.flatMap(({ effect }) => (effect.type === 'offer-work' ? [effect.work] : []));
    expect(offered.map(({ blocked, dueAt }) => [blocked, dueAt])).toEqual([
      [true, startedAt + 60_000],
      [false, startedAt + 60_000],
    ]);
  });

  it('are a thousand at most', () => {
    const ids = Array.from({ length: 1_000 }, (_, at) => `dependent-${at}`);
    const full = taskAfter(create(), ...ids.map(addDependent));
    expect(decide(full, addDependent('one more'), startedAt)).toMatchObject({
      ok: false, refusal: { code: 'invalid_request', details: { fields: { dependsOn: expect.any(String) } } },
    });
    expect(decide(full, addDependent('dependent-7'), startedAt)).toEqual({
      ok: true, value: { events: [], effects: [] },
    });
  });
});
