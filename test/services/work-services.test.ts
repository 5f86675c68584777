import { expect, test } from 'vitest';
import { createSignals } from '../../src/application/signals.ts';
import { WakeUp } from '../../src/application/wake-up.ts';
import { createWorkServices } from '../../src/services/work-services.ts';

type Deps = Parameters<typeof createWorkServices>[0];
type Stored = Parameters<ReturnType<typeof createWorkServices>['onStored']>[0];

test('whoever follows the log of a job is woken when the job ends, and not when it merely changes', () => {
  const signals = createSignals();
  const deps = { signals, store: {}, types: {} } as unknown as Deps;
  const { onStored } = createWorkServices(deps, new WakeUp());
  const log = signals.lines.watch('job');
  const stored = (endedAt: number | null): void =>
    onStored({ jobs: [{ job: { id: 'job', endedAt } }], events: [], work: [] } as unknown as Stored);
  stored(null);
  expect(log.count).toBe(0);
  stored(1_764_000_000_000);
  expect(log.count).toBe(1);
});

test('work that is stored wakes those who wait for its type, here and at other servers', () => {
  const signals = createSignals();
  const told: string[] = [];
  const store = { wakeUps: { notify: (topic: string) => told.push(topic) } };
  const types = { isLimited: (_: string, type: string) => type === 'limited' };
  const { onStored } = createWorkServices({ signals, store, types } as unknown as Deps, new WakeUp());
  const now = 1_764_000_000_000;
  const put = (jobType: string, changes: object = {}): object => {
    const work = { blocked: false, dueAt: now, concurrencyKey: null, ...changes };
    return { type: 'put', kind: 'task', jobType, work, now };
  };
  const work = [
    put('import'), put('import'), put('later', { dueAt: now + 1 }), put('blocked', { blocked: true }), put('limited'),
    put('keyed', { concurrencyKey: 'a' }),
  ];
  onStored({ jobs: [], events: [], work } as unknown as Stored);
  const isTold = (type: string): boolean => signals.ready.wasTold([`task/${type}`], 0);
  expect(['import', 'later', 'blocked', 'limited', 'keyed'].filter(isTold)).toEqual(['import']);
  expect(told).toEqual(['work:task/import', 'admission']);
});
