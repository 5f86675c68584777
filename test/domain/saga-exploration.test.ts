import { describe, expect, it } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import type { SagaDefinition } from '../../src/domain/saga/definition.ts';
import { saga } from '../../src/domain/saga/kind.ts';
import { sagaLifecycle } from '../../src/domain/saga/lifecycle.ts';
import { orderSaga } from '../../src/testing/sample-kinds/order-saga.ts';
import { begin, cancel, doneAndUndone, isEnded, says, settle, take, type Place, type Step } from './sagas.ts';

const runnerSays: readonly Step[] = [
  says.done(), says.fail(), says.fail(false), says.unable(), says.end(), says.release(),
];
const silence: readonly Step[] = [says.silent(), says.silent(true)];
const heard: readonly Step[] = ['check', 'send'].flatMap((name) => [
  settle(name, { ok: true, output: 'heard' }), settle(name, { ok: false, code: 'gone', message: 'Gone.' }),
]);
const steps: readonly Step[] = ['claim', cancel, ...runnerSays, ...silence, ...heard];
const definitions: readonly SagaDefinition[] = [
  orderSaga,
  { ...orderSaga, steps: orderSaga.steps.slice(1, 2) },
  {
    ...orderSaga,
    steps: orderSaga.steps.map((one) => {
      return one.name === 'check' || one.name === 'send' ? { ...one, maxAttempts: 1, awaited: true } : one;
    }),
  },
  {
    // Nothing is to be undone.
    ...orderSaga,
    steps: orderSaga.steps.slice(0, 3).map((one) => {
      return { ...one, maxAttempts: 1, compensated: false, ...(one.name === 'check' && { awaited: true }) };
    }),
  },
  { ...orderSaga, steps: orderSaga.steps.slice(0, 1), compensation: { ...orderSaga.compensation, maxAttempts: 1 } },
];

/** What the rules can look at: not the time, and not the tokens. */
function sort({ job, offered, calledOff, wrong }: Place): string {
  const { state, attempt, lease, fields, input } = job;
  const records = fields.steps.map(({ startedAt, completedAt, state: of, output, error }) => [
    startedAt !== null, completedAt !== null, of, output, error?.code,
  ]);
  const { next, failure, cancelRequested, early } = fields;
  const { definition } = input as { definition: SagaDefinition };
  // How often telling the job was tried has no bounds.
  const counted = next.mode === 'ending' ? Math.min(attempt, 2) : attempt;
  return JSON.stringify([
    state, counted, lease !== null, records, next, failure?.step, cancelRequested, early, offered !== null, calledOff,
    wrong,
    definitions.indexOf(definition),
  ]);
}

const taken = new Set<string>();

function step(place: Place, one: Step): Place | null {
  const next = take(place, one);
  if (next === null) return null;
  const command = typeof one === 'function' ? one(1) : one;
  const name = typeof command === 'string' ? command : command.type;
  const entered = next.events.slice(place.events.length).findLast(({ body }) => body.state !== undefined);
  if (entered !== undefined) taken.add(`${place.job.state} ${name} ${entered.body.state}`);
  return next;
}

/** Everything that any order of the steps leads to. */
function explore(): readonly Place[] {
  const found = new Map<string, Place>();
  const visit = (place: Place | null): void => {
    if (place === null) return;
    const name = sort(place);
    if (!found.has(name)) found.set(name, place);
  };
  for (const definition of definitions) visit(begin(definition));
  for (const place of found.values()) for (const one of steps) visit(step(place, one));
  return [...found.values()];
}

const places = explore();
const brokenWhere = (isBroken: (place: Place) => boolean): readonly unknown[] =>
  places.filter(isBroken).map(({ job, events }) => ({ job, events: events.map(({ body }) => body.type) }));
const definitionOf = ({ job }: Place): SagaDefinition => (job.input as { definition: SagaDefinition }).definition;

describe('every order of what may happen to a saga', () => {
  it('leads to more than a thousand different places', () => {
    expect(places.length).toBeGreaterThan(1_000);
  });

  it('takes exactly the steps that are declared', () => {
    const declared = sagaLifecycle.transitions.filter(({ from }) => from !== null);
    expect([...taken].sort()).toEqual(declared.map(({ from, command, to }) => `${from} ${command} ${to}`).sort());
  });

  it('leaves a saga that its events fold to', () => {
    for (const { job, events } of places) expect(foldAll(saga, events)).toEqual(job);
  });

  it('never says what is not so to the world', () => {
    expect(places.flatMap(({ wrong }) => wrong)).toEqual([]);
  });

  it('offers work for a saga until it ends, and not after', () => {
    expect(brokenWhere(({ job, offered }) => isEnded(job) === (offered !== null))).toEqual([]);
  });

  it('gives a saga a lease while it is running, and at no other time', () => {
    expect(brokenWhere(({ job }) => (job.state === 'running') !== (job.lease !== null))).toEqual([]);
  });

  it('begins no more attempts at a step, or at its compensation, than there may be', () => {
    expect(brokenWhere((place) => {
      const { steps: defined, compensation } = definitionOf(place);
      return place.job.fields.steps.some(({ attempts, undoAttempts }, index) => {
        return attempts > (defined[index]?.maxAttempts ?? 0) || undoAttempts > compensation.maxAttempts;
      });
    })).toEqual([]);
  });

  it('does no step before those ahead of it are completed', () => {
    expect(brokenWhere(({ job }) => {
      const begun = job.fields.steps.findLastIndex(({ startedAt }) => startedAt !== null);
      return job.fields.steps.slice(0, Math.max(0, begun)).some(({ output }) => output === null);
    })).toEqual([]);
  });

  it('undoes in reverse order, each step once', () => {
    expect(brokenWhere((place) => {
      const undone = doneAndUndone(place).filter((one) => one.startsWith('-')).map((one) => one.slice(1));
      const order = definitionOf(place).steps.map(({ name }) => name).filter((name) => undone.includes(name));
      return JSON.stringify(undone) !== JSON.stringify(order.reverse());
    })).toEqual([]);
  });

  it('succeeds only with all steps completed and none undone', () => {
    const succeeded = places.filter(({ job }) => job.state === 'succeeded');
    expect(succeeded.length).toBeGreaterThan(2);
    expect(succeeded.filter(({ job }) => job.fields.steps.some(({ state }) => state !== 'completed'))).toEqual([]);
  });

  it('ends otherwise only when each begun step that is compensated is undone, or was tried as often as may be', () => {
    expect(brokenWhere((place) => {
      const { job } = place;
      if (!isEnded(job) || job.state === 'succeeded') return false;
      const { steps: defined, compensation } = definitionOf(place);
      return job.fields.steps.some(({ state, startedAt, undoAttempts }, index) => {
        if (startedAt === null || !defined[index]?.compensated || state === 'compensated') return false;
        return job.state !== 'failed' || undoAttempts < compensation.maxAttempts;
      });
    })).toEqual([]);
  });

  it('says why it failed, and nothing of a cancel', () => {
    expect(brokenWhere(({ job }) => {
      return isEnded(job) && (saga.logged(job).error !== null) !== (job.phase === 'failed');
    })).toEqual([]);
  });
});

describe('wherever a saga has got to', () => {
  it('the word of a runner that lost its lease, or never had one, changes nothing', () => {
    const outcomes = new Set<string>();
    for (const { job, events } of places) {
      const granted = events.filter(({ body }) => body.type === 'StepStarted').map(({ sequence }) => sequence);
      for (const token of [0, 999, ...granted].filter((one) => one !== job.lease?.token)) {
        for (const say of [...runnerSays, ...silence]) {
          if (typeof say !== 'function') continue;
          const decision = saga.decide(job, say(token), 0);
          outcomes.add(decision.ok ? JSON.stringify(decision.value) : decision.refusal.code);
        }
      }
    }
    expect([...outcomes].sort()).toEqual(['lease_lost', '{"events":[],"effects":[]}'].sort());
  });

  it('a cancel said twice changes nothing the second time, and none is refused', () => {
    for (const place of places) {
      const once = take(place, cancel);
      expect(once).not.toBeNull();
      expect(take(once!, cancel)!.events).toHaveLength(once!.events.length);
    }
  });

  it('it ends by itself once every attempt is done, and one that was canceled has nothing left', () => {
    for (const place of places) {
      for (const canceled of [false, true]) {
        let now = canceled ? take(place, cancel)! : place;
        for (let left = 20; left > 0 && !isEnded(now.job); left--) {
          const ending = now.job.fields.next.mode === 'ending' ? says.end() : says.done();
          now = take(now, now.job.lease === null ? 'claim' : ending)!;
        }
        expect(isEnded(now.job)).toBe(true);
        if (!canceled || isEnded(place.job) || place.job.fields.next.mode !== 'forward') continue;
        expect(now.job.state).toBe('canceled');
      }
    }
  });

  it('it ends by itself though every runner dies, or takes too long to undo, but the one that tells its job', () => {
    for (const place of places) {
      let now = place;
      for (let left = 60; left > 0 && !isEnded(now.job); left--) {
        const { mode } = now.job.fields.next;
        const ending = mode === 'ending' ? says.end() : says.silent(mode === 'compensating');
        now = take(now, now.job.lease === null ? 'claim' : ending)!;
      }
      expect(isEnded(now.job)).toBe(true);
    }
  });

  it('nothing is left behind though runners die while they undo', () => {
    for (const place of places) {
      let now = place;
      if (now.job.fields.next.mode !== 'compensating' || now.job.lease === null) continue;
      for (let left = 10; left > 0; left--) {
        now = take(now, now.job.lease === null ? 'claim' : says.silent())!;
        expect(now.job.fields.next).toEqual(place.job.fields.next);
      }
    }
  });
});
