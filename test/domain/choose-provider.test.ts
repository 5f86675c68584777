import { describe, expect, it } from 'vitest';
import {
  alternating, canRun, chooseProvider, type Applicant, type ProviderView, type WarmWorker,
} from '../../src/kinds/command/domain/choose-provider.ts';
import type { Requirements } from '../../src/kinds/command/domain/types.ts';

const nothing: Requirements = {
  provider: null, image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null,
  labels: {},
};
const all = { images: true, limits: true, gpu: true, networkModes: ['bridge', 'none'] };

function view(id: string, changes: Partial<ProviderView> = {}): ProviderView {
  return {
    id, name: `${id}-name`, type: 'docker', available: true, problem: null, priority: 0, free: 5, maxWorkers: 10,
    labels: {}, warm: [], ending: 0, capabilities: all, ...changes,
  };
}

function asks(requirements: Partial<Requirements> = {}, changes: Partial<Applicant> = {}): Applicant {
  return { requirements: { ...nothing, ...requirements }, ownerId: 'ada', until: 1_000, ...changes };
}

function warm(id: string, changes: Partial<WarmWorker> = {}): WarmWorker {
  return { id, ownerId: null, until: null, ...changes };
}

/** What was chosen, in a word or two. */
function chosen(applicant: Applicant, ...providers: readonly ProviderView[]): string {
  const choice = chooseProvider(applicant, providers);
  if (!('provider' in choice)) return choice.type;
  return [choice.type, choice.provider.id, ...(choice.worker === null ? [] : [choice.worker.id])].join(' ');
}

describe('a provider that cannot run the job', () => {
  const process = view('process', { capabilities: { images: false, limits: false, gpu: false, networkModes: [] } });

  it.each<[string, Partial<Requirements>]>([
    ['runs no images', { image: 'debian:13' }],
    ['has no GPU', { gpuCount: 1 }],
    ['has no network mode bridge', { networkMode: 'bridge' }],
    ['enforces no limits on CPU, memory or disk', { cpuCores: 1 }],
    ['enforces no limits on CPU, memory or disk', { memoryBytes: 1 }],
    ['enforces no limits on CPU, memory or disk', { diskBytes: 1 }],
    ['has no label zone=cellar', { labels: { zone: 'cellar' } }],
  ])('%s: another one is chosen, and without one the job can never run', (why, requirements) => {
    const able = view('zz', { labels: { zone: 'cellar' }, free: 1 });
    expect(chosen(asks(requirements), process, able)).toBe('chosen zz');
    expect(chooseProvider(asks(requirements), [process])).toEqual({
      type: 'impossible', why: `No provider can run it: process-name ${why}.`,
    });
    expect(canRun(asks(requirements).requirements, process)).toBe(false);
  });

  it('is not the one whose label has another value', () => {
    const wanted = asks({ labels: { zone: 'cellar' } });
    expect(chosen(wanted, view('a', { labels: { zone: 'attic' } }))).toBe('impossible');
  });
});

describe('a provider that can run the job', () => {
  it('is waited for while it is not healthy, though others that cannot are', () => {
    const sick = view('sick', { available: false, problem: 'Its Engine does not answer.' });
    const other = view('other', { capabilities: { ...all, gpu: false } });
    expect(chooseProvider(asks({ gpuCount: 1 }), [other, sick])).toEqual({
      type: 'wait', why: 'Its Engine does not answer.',
    });
  });

  it('is left out while it is not healthy, whatever its priority', () => {
    expect(chosen(asks(), view('a', { available: false, priority: 9 }), view('b'))).toBe('chosen b');
  });

  it('is left out while it has no room, whatever its priority', () => {
    expect(chosen(asks(), view('a', { free: 0, priority: 9 }), view('b', { free: 1 }))).toBe('chosen b');
    expect(chosen(asks(), view('a', { free: 0 }))).toBe('wait');
  });

  it('is the one with the greatest priority, then the greatest share of free places, then the first by id', () => {
    expect(chosen(asks(), view('a', { free: 10 }), view('b', { free: 1, priority: 1 }))).toBe('chosen b');
    expect(chosen(asks(), view('a', { free: 50, maxWorkers: 100 }), view('b', { free: 2, maxWorkers: 3 }))).toBe(
      'chosen b',
    );
    expect(chosen(asks(), view('b'), view('a'))).toBe('chosen a');
  });

  it('is the one that the job names, by its id or name, and no other', () => {
    expect(chosen(asks({ provider: 'b' }), view('a', { priority: 9 }), view('b'))).toBe('chosen b');
    expect(chosen(asks({ provider: 'b-name' }), view('a', { priority: 9 }), view('b'))).toBe('chosen b');
    expect(chosen(asks({ provider: 'b' }), view('a'), view('b', { free: 0 }))).toBe('wait');
    // It may be registered yet.
    expect(chosen(asks({ provider: 'c' }), view('a'))).toBe('wait');
  });
});

describe('a warm worker', () => {
  it('is preferred to a free place at the same priority, and not to a greater priority', () => {
    const pool = view('b', { free: 0, warm: [warm('w')] });
    expect(chosen(asks(), view('a', { free: 10 }), pool)).toBe('chosen b w');
    expect(chosen(asks(), view('a', { priority: 1 }), pool)).toBe('chosen a');
  });

  it('is the owner’s own first, then one for anybody, and never somebody else’s', () => {
    const [foreign, anybody, own] = [warm('f', { ownerId: 'mira' }), warm('n'), warm('o', { ownerId: 'ada' })];
    expect(chosen(asks(), view('a', { warm: [foreign, anybody, own] }))).toBe('chosen a o');
    expect(chosen(asks(), view('a', { warm: [foreign, anybody] }))).toBe('chosen a n');
    expect(chosen(asks(), view('a', { warm: [foreign] }))).toBe('chosen a');
  });

  it('lives at least as long as the job may need it', () => {
    expect(chosen(asks(), view('a', { warm: [warm('w', { until: 999 })] }))).toBe('chosen a');
    expect(chosen(asks(), view('a', { warm: [warm('w', { until: 1_000 })] }))).toBe('chosen a w');
  });

  it.each<Partial<Requirements>>([
    { image: 'debian:13' }, { cpuCores: 1 }, { memoryBytes: 1 }, { diskBytes: 1 }, { gpuCount: 1 },
    { networkMode: 'none' },
  ])('is nothing for a job that asks for %o, and makes room for it', (requirements) => {
    const pool = { warm: [warm('w'), warm('o', { ownerId: 'mira' })] };
    expect(chosen(asks(requirements), view('a', pool))).toBe('chosen a');
    expect(chosen(asks(requirements), view('a', { ...pool, free: 0 }))).toBe('make-room a o');
    // One at a time.
    expect(chosen(asks(requirements), view('a', { ...pool, free: 0, ending: 1 }))).toBe('wait');
  });
});

it('of an owner with 1,000 waiting jobs and one with a single one, that one is the second', () => {
  const many = Array.from({ length: 1_000 }, (_, n) => ({ ownerId: 'ada', jobId: `a${n}` }));
  const order = alternating([...many, { ownerId: 'mira', jobId: 'm' }]).map(({ jobId }) => jobId);
  expect(order.slice(0, 3)).toEqual(['a0', 'm', 'a1']);
  expect(order).toHaveLength(1_001);
  expect(alternating([])).toEqual([]);
});
