import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProviderFailure } from '../../src/ports/provider.ts';
import { counters } from '../../src/ports/store/counters.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openMigrated } from '../stores/sqlite/open.ts';
import { failed, operator, succeeded, Yard } from './yard.ts';

let store: Store;
let yard: Yard;
const mira = { ...operator, caller: { ...operator.caller, userId: 'mira' } };
const special = { requirements: { image: 'alpine' } };

beforeEach(async () => {
  store = createSqliteStore(openMigrated(':memory:'));
  yard = new Yard(store);
  yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
  await yard.start();
});

afterEach(async () => {
  await yard.stop();
  await store.close();
});

/** Resolves when so many idle workers are there. */
async function ready(count: number): Promise<readonly string[]> {
  await expect.poll(async () => (await yard.workers('READY')).length, { timeout: 10_000 }).toBe(count);
  return (await yard.workers('READY')).map(({ id }) => id);
}

const ended = (id: string) => yard.until(id, ({ endedAt }) => endedAt !== null);
const workerOf = async (id: string) => (await ended(id)).fields.executions.at(-1)?.workerId;

/** What the counters say is what there is. */
async function expectCounted(): Promise<void> {
  const [{ provider, activeWorkers, spareWorkers } = { provider: { id: '' } }] = await providers();
  const live = (await Promise.all(
    ['CREATING', 'CONNECTING', 'READY', 'BUSY', 'DRAINING'].map((state) => yard.workers(state)),
  )).flat();
  expect(activeWorkers).toBe(live.length);
  expect(await store.records.get(counters, ['worker', provider.id, 'spare'])).toMatchObject({ value: spareWorkers });
}

async function providers() {
  const found = await yard.commands.providers.list(operator);
  return found.ok ? found.value : [];
}

async function update(changes: Parameters<typeof yard.commands.providers.update>[2]): Promise<void> {
  expect(await yard.commands.providers.update(operator, 'yard', changes)).toMatchObject({ ok: true });
}

describe('a warm pool', () => {
  it('is off by default', async () => {
    await yard.register();
    const id = await yard.submit('echo');
    await workerOf(id);
    await yard.until(yard.provider.everMade[0]!, ({ state }) => state === 'TERMINATED');
    expect(yard.provider.everMade.length).toBe(1);
  });

  it('has as many idle workers as it is to have, and gives one to a job in the commit that assigns it', async () => {
    await yard.register(8, { size: 2 });
    const warm = await ready(2);
    const id = await yard.submit('echo');
    expect(warm).toContain(await workerOf(id));
    const events = await store.jobs.events(id, { after: 0, limit: 100 });
    expect(events.map(({ body }) => [body.type, body.state])).toEqual([
      ['JobCreated', 'PENDING'], ['JobAssigned', 'ASSIGNED'], ['JobAccepted', undefined],
      ['JobStatusChanged', 'RUNNING'], ['JobStatusChanged', 'SUCCEEDED'],
    ]);
    const sagas = await store.jobs.list({ scopes: [{ kind: 'saga', ownerId: null }], labels: { job: id }, limit: 10 });
    expect(sagas.map(({ type }) => type)).toEqual(['EXECUTION']);
    // After its one job it is ended, and another one takes its place.
    await expect.poll(() => yard.provider.everMade.length, { timeout: 10_000 }).toBe(3);
    await ready(2);
    await expectCounted();
  });

  it('reuses a worker for the same owner up to its limit, and for nobody else', async () => {
    await yard.register(8, { size: 1, jobsPerWorker: 2 });
    const [first] = await ready(1);
    expect(await workerOf(await yard.submit('echo'))).toBe(first);
    await ready(2);
    const ofMira = await workerOf(await yard.submit('echo', {}, mira));
    expect(ofMira).not.toBe(first);
    await expect.poll(async () => (await yard.workers('READY')).some(({ id }) => id === first)).toBe(true);
    expect(await workerOf(await yard.submit('echo'))).toBe(first);
    expect(await yard.until(first!, ({ state }) => state === 'TERMINATED')).toMatchObject({ fields: { jobsDone: 2 } });
    await expectCounted();
  });

  it('uses a worker for everybody where it is shared', async () => {
    await yard.register(1, { size: 1, jobsPerWorker: 10, shared: true });
    const [first] = await ready(1);
    for (const who of [operator, mira, operator]) {
      expect(await workerOf(await yard.submit('echo', {}, who))).toBe(first);
      await ready(1);
    }
    expect(yard.provider.everMade).toEqual([first]);
    await expectCounted();
  });

  it('shows the job of a worker to its owner alone', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => gate.then(() => succeeded));
    await yard.register(1, { size: 1, jobsPerWorker: 10, shared: true });
    await ready(1);
    const id = await yard.submit('echo', {}, mira);
    await yard.until(id, ({ state }) => state === 'RUNNING');
    const jobSeenBy = async (context: typeof mira) => {
      const page = await yard.commands.fleet.workers(context, { state: 'BUSY', limit: 10 });
      return page.ok ? page.value.workers.map(({ fields }) => fields.jobId) : null;
    };
    expect([await jobSeenBy(mira), await jobSeenBy(operator)]).toEqual([[id], [null]]);
    go();
    await ended(id);
  });

  it('ends a worker whose last job may have failed through its fault, and keeps one whose command failed', async () => {
    const results = [failed, { ...failed, failure: { reason: 'IO_ERROR', message: 'The disk is full.' } } as const];
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => results.shift() ?? succeeded);
    await yard.register(1, { size: 1, jobsPerWorker: 10 });
    const [first] = await ready(1);
    expect(await workerOf(await yard.submit('exit 7'))).toBe(first);
    await ready(1);
    expect(await workerOf(await yard.submit('dd'))).toBe(first);
    expect(await yard.until(first!, ({ state }) => state === 'TERMINATED')).toMatchObject({
      fields: { endReason: 'Its last job ended by what may be a fault of the worker.' },
    });
  });

  it('makes room for a job that needs another worker, and is refilled afterwards', async () => {
    await yard.register(2, { size: 2 });
    const warm = await ready(2);
    const id = await yard.submit('echo', special);
    expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED' });
    expect(warm).not.toContain(await workerOf(id));
    expect(yard.provider.most).toBe(2);
    await ready(2);
    expect((await yard.workers('TERMINATED')).filter(({ id: one }) => warm.includes(one)).length).toBe(1);
    await expectCounted();
  });

  it('is not filled while jobs wait for the places', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => gate.then(() => succeeded));
    await yard.register(2);
    const ids = await Promise.all(Array.from({ length: 6 }, () => yard.submit('echo', special)));
    await expect.poll(() => yard.provider.everMade.length).toBe(2);
    await update({ pool: { size: 2 } });
    go();
    for (const id of ids) expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED' });
    const madeFor = await Promise.all(yard.provider.everMade.map((id) => yard.job(id)));
    expect(madeFor.slice(0, 6).map(({ parentId }) => parentId).sort()).toEqual([...ids].sort());
    await ready(2);
  });

  it('is never overfilled, however many servers fill it', async () => {
    const others = [new Yard(store, yard.provider), new Yard(store, yard.provider)];
    for (const other of others) await other.start();
    try {
      await yard.register(8, { size: 5, jobsPerWorker: 1 });
      await ready(5);
      const ids = await Promise.all(Array.from({ length: 20 }, () => yard.submit('echo')));
      for (const id of ids) expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED' });
      await ready(5);
      expect(yard.provider.most).toBeLessThanOrEqual(8);
      await expect.poll(async () => (await yard.workers('DRAINING')).length).toBe(0);
      expect(yard.provider.made.size).toBe(5);
      await expectCounted();
    } finally {
      for (const other of others) await other.stop();
    }
  });

  it('is emptied when it is switched off, and renewed when its provider changes', async () => {
    await yard.register(8, { size: 2 });
    const old = await ready(2);
    await update({ config: { image: 'another' } });
    for (const id of old) await yard.until(id, ({ state }) => state === 'TERMINATED');
    await ready(2);
    await update({ pool: { size: 0 } });
    await ready(0);
    await expect.poll(() => yard.provider.made.size).toBe(0);
    await expectCounted();
  });

  it('is filled more and more slowly by a provider that makes no workers, and jobs go on', async () => {
    yard.provider.failure = new ProviderFailure('failed', 'No room.', { retryable: false });
    await yard.register(8, { size: 3 });
    await expect.poll(async () => (await yard.workers('TERMINATED')).length, { timeout: 10_000 }).toBe(3);
    yard.provider.failure = null;
    expect(await ended(await yard.submit('echo'))).toMatchObject({ state: 'SUCCEEDED' });
    await ready(3);
    await expectCounted();
  });

  it('has no hold on the job of a worker that dies: another one does it', async () => {
    let first = true;
    yard.provider.onMade = (spec) =>
      void yard.agent(spec, async () => {
        if (!first) return succeeded;
        first = false;
        yard.provider.kill(spec.workerId);
        return null;
      });
    await yard.register(2, { size: 1, jobsPerWorker: 5 });
    const [dead] = await ready(1);
    const id = await yard.submit('echo', { retry: { maxAttempts: 2, backoff: { firstMs: 1, maxMs: 1 } } });
    const { state, fields } = await ended(id);
    expect([state, ...fields.executions.map(({ workerId }) => workerId === dead)]).toEqual(['SUCCEEDED', true, false]);
    await expectCounted();
  });
});
