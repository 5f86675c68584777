import { describe, expect, it } from 'vitest';
import { fold, foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { DependencyNews } from '../../src/domain/job/dependencies.ts';
import type { Effect } from '../../src/domain/job/kind.ts';
import type { Work } from '../../src/domain/job/work.ts';
import { task } from '../../src/kinds/task/domain/kind.ts';
import { taskLifecycle } from '../../src/kinds/task/domain/lifecycle.ts';
import type { TaskEvent, TaskInput } from '../../src/kinds/task/domain/types.ts';
import {
  addDependent, cancel, create, decide, dependencyEnded, record, retry, says, startedAt, type Step, type Task,
} from './tasks.ts';

/** A task with what its effects have left in the world around it. */
interface Place {
  readonly job: Task;
  readonly events: readonly RecordedEvent<TaskEvent>[];
  /** Null: no worker is to do it. */
  readonly offered: Work | null;
  readonly calledOff: boolean;
  readonly holdsKey: boolean;
  /** What the dependent was told, one word for each time. */
  readonly told: readonly string[];
  /** Broken expectations of the world: an effect that says what is not so. */
  readonly wrong: readonly string[];
}

const both = { dependsOn: ['a', 'b'] };
const births = [
  create({ dedupeKey: 'k' }),
  create({ ...both, dedupeKey: 'k' }, { waitsFor: ['a', 'b'] }),
  create({ ...both, dedupeKey: 'k', onDependencyFailure: 'run' }, { waitsFor: ['a', 'b'] }),
];
const workerSays = {
  progress: says.progress(1, 2), error: says.error('no street'), cost: says.cost(5), complete: says.complete(),
  fail: says.fail(), failForGood: says.fail(false), release: says.release(), suspend: says.suspend([]),
};
const silence = [says.silent(), says.silent(true)];
const ends = ['succeeded', 'failed', 'canceled'] as const;
const steps: readonly Step[] = [
  cancel, retry(), retry('a'), addDependent('d'),
  ...ends.flatMap((end) => ['a', 'b'].map((id) => dependencyEnded(id, end))),
  'claim', ...Object.values(workerSays), ...silence,
];

const isEnded = ({ state }: Pick<Task, 'state'>): boolean => taskLifecycle.isTerminal(state as never);
const taken = new Set<string>();

function take(place: Place | null, step: Step): Place | null {
  const job = place?.job ?? null;
  // The store hands out what is offered, and nothing else.
  if (step === 'claim' && (job?.state !== 'pending' || place?.offered === null || place?.offered.blocked)) return null;
  const decision = decide(job, step, startedAt);
  if (!decision.ok) return null;
  const events = record(job, decision.value.events, startedAt);
  let after = job;
  for (const event of events) {
    const command = typeof step === 'function' ? step(1) : step;
    const name = typeof command === 'object' ? command.type : command;
    if (event.body.state !== undefined) taken.add(`${after?.state ?? null} ${name} ${event.body.state}`);
    after = fold(task, after, event);
  }
  if (after === null) return null;
  const before = place ?? { events: [], offered: null, calledOff: false, holdsKey: true, told: [], wrong: [] };
  // Whoever retries takes the key again, as the application does in the same commit.
  const holdsKey = before.holdsKey || after.state === 'pending';
  const start = { ...before, job: after, events: [...before.events, ...events], holdsKey };
  return decision.value.effects.reduce(affect, start);
}

function affect(place: Place, effect: Effect): Place {
  const wrong = (what: string): Place => ({ ...place, wrong: [...place.wrong, `${what}, ${place.job.state}`] });
  switch (effect.type) {
    case 'offer-work':
      return place.job.state === 'pending' ? { ...place, offered: effect.work, calledOff: false } : wrong('offered');
    case 'withdraw-work':
      return place.offered === null ? wrong('withdrawn twice') : { ...place, offered: null, calledOff: false };
    case 'request-cancel':
      return place.job.lease === null || place.calledOff ? wrong('called off') : { ...place, calledOff: true };
    case 'release-key':
      return place.holdsKey && isEnded(place.job) ? { ...place, holdsKey: false } : wrong('released');
    case 'post':
      return { ...place, told: [...place.told, (effect.payload as DependencyNews).phase] };
    default:
      return wrong(effect.type);
  }
}

/** What the rules can look at: not the time, not how often, not what was logged. */
function sort({ job, offered, calledOff, holdsKey, wrong }: Place): string {
  const { state, attempt, lease, fields, input } = job;
  const { waitsFor, dependents, cancelRequested, processedItems, totalItems, lastToken } = fields;
  const hasLast = lastToken !== null;
  const { onDependencyFailure } = input as TaskInput;
  return JSON.stringify([
    state, attempt, lease !== null, waitsFor, dependents, cancelRequested, processedItems, totalItems, hasLast,
    offered, calledOff, holdsKey, wrong, onDependencyFailure,
  ]);
}

/** Everything that any order of the steps leads to. */
function explore(): readonly Place[] {
  const found = new Map<string, Place>();
  const visit = (place: Place | null): void => {
    if (place !== null && !found.has(sort(place))) found.set(sort(place), place);
  };
  for (const birth of births) visit(take(null, birth));
  for (const place of found.values()) for (const step of steps) visit(take(place, step));
  return [...found.values()];
}

const places = explore();
const declared = new Set(taskLifecycle.transitions.map(({ from, command, to }) => `${from} ${command} ${to}`));
const brokenWhere = (isBroken: (place: Place) => boolean): readonly unknown[] =>
  places.filter(isBroken).map(({ job, offered }) => ({ job, offered }));

describe('every order of commands on a task', () => {
  it('leads to more than 250 different states', () => {
    expect(places.length).toBeGreaterThan(250);
  });

  it('takes every declared transition', () => {
    expect([...declared].filter((step) => !taken.has(step))).toEqual([]);
  });

  it('takes no undeclared transition', () => {
    expect([...taken].filter((step) => !declared.has(step))).toEqual([]);
  });

  it('leaves a task that its events fold to', () => {
    for (const { job, events } of places) expect(foldAll(task, events)).toEqual(job);
  });

  it('emits only effects that match the task', () => {
    expect(places.flatMap(({ wrong }) => wrong)).toEqual([]);
  });

  it('offers work for a task until it ends, and not after', () => {
    expect(brokenWhere(({ job, offered }) => isEnded(job) === (offered !== null))).toEqual([]);
    expect(brokenWhere(({ job }) => isEnded(job) !== (job.endedAt !== null))).toEqual([]);
  });

  it('gives a task a lease while it is processing, and at no other time', () => {
    expect(brokenWhere(({ job }) => (job.state === 'processing') !== (job.lease !== null))).toEqual([]);
  });

  it('holds the dedupe key exactly until the task ends', () => {
    expect(brokenWhere(({ job, holdsKey }) => holdsKey === isEnded(job))).toEqual([]);
  });

  it('never starts a task that waits for others', () => {
    expect(
      brokenWhere(({ job, offered }) => offered !== null && offered.blocked !== (job.fields.waitsFor ?? []).length > 0),
    ).toEqual([]);
    expect(brokenWhere(({ job }) => job.state === 'processing' && (job.fields.waitsFor ?? []).length > 0)).toEqual([]);
  });

  it('begins no more attempts than there may be', () => {
    const most = (job: Task): number => (job.input as TaskInput).maxAttempts - (job.state === 'pending' ? 1 : 0);
    expect(brokenWhere(({ job }) => job.attempt < 0 || job.attempt > most(job))).toEqual([]);
  });

  it('sets cancelRequested exactly while a cancel of a running task is wanted', () => {
    const isRequested = (job: Task): boolean => job.fields.cancelRequested ?? false;
    expect(brokenWhere(({ job, calledOff }) => calledOff !== isRequested(job) && !isEnded(job))).toEqual([]);
  });

  it('tells its dependents once for each end', () => {
    const openings = places.map(({ events, told }) => {
      let [isKnown, times] = [false, 0];
      for (const { body } of events) {
        if (body.type === 'DependentAdded') isKnown = true;
        if (!isKnown || body.state === undefined || !isEnded({ state: body.state })) continue;
        times += 1;
        isKnown = false;
      }
      return told.length - times;
    });
    expect(openings.filter((difference) => difference !== 0)).toEqual([]);
  });
});

describe('in every state that a task can reach,', () => {
  it('a report from a worker without the live lease changes nothing', () => {
    const tokens = (place: Place): number[] => {
      const granted = place.events.filter(({ body }) => body.type === 'TaskStarted').map(({ sequence }) => sequence);
      return [0, 1, 999, ...granted].filter((token) => token !== place.job.lease?.token);
    };
    const outcomes = new Set<string>();
    for (const place of places) {
      for (const token of tokens(place)) {
        for (const say of [...Object.values(workerSays), ...silence]) {
          const decision = decide(place.job, say(token), startedAt);
          outcomes.add(decision.ok ? JSON.stringify(decision.value) : decision.refusal.code);
        }
      }
    }
    expect([...outcomes].sort()).toEqual(['lease_lost', '{"events":[],"effects":[]}'].sort());
  });

  it('a repeated command changes nothing', () => {
    // Said with the token that it was said with before, as a repeat is.
    const { progress, error, cost } = workerSays;
    const once = steps.filter((step) => ![progress, error, cost].includes(step as never));
    const twice = places.flatMap((place) =>
      once.flatMap((step) => {
        const token = place.job.lease?.token ?? 999;
        const said = typeof step === 'function' ? step(token) : step;
        const after = take(place, said);
        if (after === null || said === 'claim') return [];
        const again = decide(after.job, said, startedAt);
        return again.ok && again.value.events.length + again.value.effects.length > 0 ? [{ said, job: after.job }] : [];
      }),
    );
    expect(twice).toEqual([]);
  });

  it('a cancel followed by silence ends it', () => {
    const open = places.filter(({ job }) => !isEnded(job));
    const survivors = open.filter((place) => {
      const canceled = take(place, cancel) ?? place;
      const after = isEnded(canceled.job) ? canceled : take(canceled, says.silent());
      return after?.job.state !== 'canceled';
    });
    expect(survivors).toEqual([]);
    expect(open.length).toBeGreaterThan(100);
  });

  it('it comes to an end by itself once workers are silent and its dependencies have ended', () => {
    const stuck = places.filter((place) => {
      let now: Place | null = place;
      for (let left = 10; left > 0 && now !== null && !isEnded(now.job); left--) {
        const [waitsFor] = now.job.fields.waitsFor ?? [];
        const next: Step = waitsFor !== undefined ? dependencyEnded(waitsFor, 'succeeded') : 'claim';
        now = take(now, now.job.lease === null ? next : says.silent());
      }
      return now === null || !isEnded(now.job);
    });
    expect(stuck).toEqual([]);
  });
});
