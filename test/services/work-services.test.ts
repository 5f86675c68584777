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
