import { expect, it } from 'vitest';
import { Scheduler } from '../../src/kinds/command/application/scheduler.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openMigrated } from '../stores/sqlite/open.ts';
import { Yard } from './yard.ts';

const provider = {
  id: 'p', name: 'p', type: 'process', available: true, problem: null, priority: 0, free: 8, maxWorkers: 8, labels: {},
  warm: [], ending: 0, capabilities: { images: false, limits: false, gpu: false, networkModes: [] },
  stored: { pool: { size: 0 } },
};

/** What nobody hears of would end the server. */
it('a store that fails while several jobs are assigned fails the round, and nothing that nobody hears of', async () => {
  const store = createSqliteStore(openMigrated(':memory:'));
  const yard = new Yard(store);
  const [first, second] = [await yard.submit('true'), await yard.submit('true')];
  const away = (): Promise<never> => Promise.reject(new Error('the store is away'));
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on('unhandledRejection', hear);
  let reads = 0;
  const deps = {
    ...yard.engine.deps,
    tokens: { registration: async () => 'token', hash: away },
    providers: { views: async () => [provider] },
    store: {
      ...store,
      work: {
        ...store.work, candidates: async () => [first, second].map((jobId) => ({ jobId, ownerId: jobId })),
      },
      jobs: {
        ...store.jobs,
        get: async (id: string) => {
          reads += 1;
          if (id === first) return store.jobs.get(id);
          await new Promise((resolve) => setTimeout(resolve, 20));
          return away();
        },
      },
    },
  };
  const round = new Scheduler(deps as never, () => {}).round();
  await expect(round).rejects.toThrow('the store is away');
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', hear);
  expect([reads, unheard]).toEqual([2, []]);
  await store.close();
});
