import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSignals } from '../../src/application/signals.ts';
import { unaskedTypes } from '../../src/application/work/asked.ts';
import { createDispatch, type Dispatch } from '../../src/application/work/dispatch.ts';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import { noWorkLimits } from '../../src/domain/job/work.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { errand } from '../../src/testing/sample-kinds/errand.ts';
import { anyJob, stored, t0 } from '../../src/testing/store-suite/context.ts';
import { createMemoryLogger } from './platform.ts';
import { createSqliteFile } from './sqlite-file.ts';

const kinds = ['errand', 'parcel'] as const;
const file = createSqliteFile();
let store: Store;
beforeEach(() => {
  store = file.open();
});
afterEach(() => file.remove());

function dispatchOf(kind: string): Dispatch<never, never> {
  const clock = { now: () => t0 };
  const writePath = new WritePath({ store, clock });
  const deps = { store, writePath, clock, logger: createMemoryLogger(), signals: createSignals() };
  return createDispatch<never, never>(deps, { name: kind, lifecycle: errand.lifecycle }, async () => []);
}

/** A job of the kind that waits for a worker of the type `send`. */
async function offer(kind: string): Promise<string> {
  const job = anyJob({ kind, type: 'send' });
  const work = { blocked: false, priority: 0, dueAt: t0, pauseMs: null, concurrencyKey: null, timeoutMs: null };
  await stored(store, {
    jobs: [{ job, before: null, expectedVersion: 0, newItems: [] }],
    work: [{ type: 'put', jobId: job.id, jobType: 'send', kind, candidate: null, work, now: t0 }],
  });
  return job.id;
}

it('workers of a kind get its jobs alone, by its limits, though another kind has a type of that name', async () => {
  const limits = { ...noWorkLimits, paused: true };
  await store.work.putType({ kind: 'errand', name: 'send', limits, defaults: null, updatedAt: t0 }, t0);
  const offered = { errand: await offer('errand'), parcel: await offer('parcel') };
  await store.work.admit(t0);
  const take = async (kind: string): Promise<readonly string[]> => {
    const options = { workerId: 'w', types: ['send'], limit: 10, leaseMs: 1_000, waitMs: 0 };
    const taken = await dispatchOf(kind).take(options);
    return taken.ok ? taken.value.map(({ job }) => job.id) : [];
  };
  expect(await take('errand')).toEqual([]);
  expect(await unaskedTypes(store, t0)).toEqual([{ kind: 'parcel', type: 'send', waiting: 1, askedAt: null }]);
  await store.askedTypes.note('parcel', ['send'], t0 - 240_000);
  expect(await unaskedTypes(store, t0)).toMatchObject([{ askedAt: t0 - 240_000 }]);
  expect(await take('parcel')).toEqual([offered.parcel]);
  await store.work.putType({ kind: 'errand', name: 'send', limits: noWorkLimits, defaults: null, updatedAt: t0 }, t0);
  await store.work.admit(t0);
  expect(await take('errand')).toEqual([offered.errand]);
  for (const kind of kinds) expect([...(await store.askedTypes.when(kind, ['send'])).keys()]).toEqual(['send']);
});
