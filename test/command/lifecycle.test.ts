import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerSpec } from '../../src/ports/provider.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openMigrated } from '../stores/sqlite/open.ts';
import { LeapingClock, operator, succeeded, Yard } from './yard.ts';

let store: Store;
let clock: LeapingClock;
let yard: Yard;

beforeEach(async () => {
  store = createSqliteStore(openMigrated(':memory:'));
  clock = new LeapingClock();
  yard = new Yard(store, undefined, clock);
  await yard.start();
});

afterEach(async () => {
  await yard.stop();
  await store.close();
});

function leap(ms: number): void {
  clock.leap(ms);
  yard.wake();
}

const terminated = (id: string) => yard.until(id, ({ state }) => state === 'TERMINATED');
const ready = async () => {
  await expect.poll(async () => (await yard.workers('READY')).length, { timeout: 10_000 }).toBe(1);
  return (await yard.workers('READY'))[0]!.id;
};
const made = async () => {
  await expect.poll(() => yard.provider.everMade.length).toBeGreaterThan(0);
  return yard.provider.everMade.at(-1)!;
};

describe('a worker is ended', () => {
  it('when its agent does not register, and its job waits for another one', async () => {
    await yard.register();
    const id = await yard.submit('echo');
    const worker = await made();
    leap(29_000);
    expect(await yard.job(id)).toMatchObject({ state: 'ASSIGNED' });
    leap(1_500);
    expect(await terminated(worker)).toMatchObject({ fields: { endReason: 'Its agent did not register in time.' } });
    await yard.until(id, ({ state, fields }) => state === 'PENDING' && fields.failedAssignments === 1);
    expect(yard.provider.made.has(worker)).toBe(false);
  });

  it('when it is idle for too long', async () => {
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    await yard.register(4, { size: 1, idleMs: 10_000 });
    const worker = await ready();
    leap(9_000);
    expect(await ready()).toBe(worker);
    leap(1_500);
    expect(await terminated(worker)).toMatchObject({ fields: { endReason: 'It was idle for too long.' } });
    expect(await ready()).not.toBe(worker);
  });

  it('when no heartbeat comes from it, though nothing else is wrong', async () => {
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    await yard.register(4, { size: 1 });
    const worker = await ready();
    leap(29_000);
    expect(await ready()).toBe(worker);
    leap(1_500);
    expect(await terminated(worker)).toMatchObject({ fields: { endReason: 'Its agent was not heard of any more.' } });
    expect(yard.provider.made.has(worker)).toBe(false);
  });

  it('when it is too old, even under its job, which goes on as its policy says', async () => {
    let heartbeat = async (): Promise<void> => {};
    yard.provider.onMade = (spec) => void (async () => {
      const session = await yard.connect(spec);
      heartbeat = () => session.heartbeat();
      for await (const message of session.messages(new AbortController().signal)) {
        if (message.type === 'drain') return;
        if (message.type !== 'assignment') continue;
        await session.accepted(message.run);
        await session.started(message.run);
      }
    })();
    await yard.register();
    const id = await yard.submit('sleep infinity', { timeoutMs: 3_600_000, outputs: ['out'] });
    const { fields } = await yard.until(id, ({ state }) => state === 'RUNNING');
    const worker = fields.assignment!.workerId;
    clock.leap(7_300_000);
    await heartbeat();
    yard.wake();
    expect(await terminated(worker)).toMatchObject({ fields: { endReason: 'It was too old.' } });
    expect(await yard.until(id, ({ endedAt }) => endedAt !== null)).toMatchObject({
      state: 'FAILED', fields: { failure: { reason: 'INFRASTRUCTURE_ERROR' } },
    });
  });
});

describe('a worker that nobody knows', () => {
  const stray = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
  const strayed = (provider: Yard['provider']) =>
    void provider.made.set(stray, { spec: { workerId: stray } as WorkerSpec, status: { state: 'running' } });

  it('is ended within a minute, but not before it was unknown for a while, whatever server looks', async () => {
    await yard.register();
    const other = new Yard(store, yard.provider, clock);
    await other.start();
    try {
      strayed(yard.provider);
      const looked = yard.provider.lists;
      yard.wake();
      other.wake();
      await expect.poll(() => yard.provider.lists).toBeGreaterThanOrEqual(looked + 2);
      leap(14_000);
      other.wake();
      await expect.poll(() => yard.provider.lists).toBeGreaterThanOrEqual(looked + 4);
      expect(yard.provider.made.has(stray)).toBe(true);
      leap(1_500);
      await expect.poll(() => yard.provider.made.has(stray)).toBe(false);
    } finally {
      await other.stop();
    }
  });

  it('is found by a server that starts', async () => {
    await yard.register();
    strayed(yard.provider);
    const other = new Yard(store, yard.provider, clock);
    await other.start();
    try {
      const looked = yard.provider.lists;
      other.wake();
      await expect.poll(() => yard.provider.lists).toBeGreaterThan(looked);
      clock.leap(15_500);
      other.wake();
      await expect.poll(() => yard.provider.made.has(stray)).toBe(false);
    } finally {
      await other.stop();
    }
  });

  it('of a provider that is gone for good is removed by any server, an hour after its end', async () => {
    await yard.register();
    const other = new Yard(store, yard.provider, clock);
    await other.start();
    try {
      await expect.poll(() => yard.provider.removals).toEqual([3_600_000]);
      // A provider that does not answer is asked again.
      other.wake();
      await expect.poll(() => yard.provider.removals).toEqual([3_600_000, 3_600_000]);
    } finally {
      await other.stop();
    }
  });

  it('is not one that another server has just made', async () => {
    await yard.register();
    const other = new Yard(store, yard.provider, clock);
    await other.start();
    try {
      const id = await yard.submit('echo');
      const worker = await made();
      for (const _ of [1, 2]) {
        const looked = yard.provider.lists;
        clock.leap(12_000);
        other.wake();
        await expect.poll(() => yard.provider.lists).toBeGreaterThan(looked);
      }
      expect(yard.provider.made.has(worker)).toBe(true);
      expect(await yard.job(id)).toMatchObject({ state: 'ASSIGNED' });
    } finally {
      await other.stop();
    }
  });
});

it('a worker that is gone without a word is ended in the store, and its job is not left assigned', async () => {
  yard.provider.onMade = () => {};
  await yard.register();
  const id = await yard.submit('echo');
  const worker = await made();
  await yard.until(worker, ({ state }) => state === 'CONNECTING');
  yard.provider.made.delete(worker);
  yard.wake();
  await terminated(worker);
  await yard.until(id, ({ state }) => state === 'PENDING');
});

it('the one-time token of a worker is that of the agent which registers first, and of nobody else', async () => {
  const specs: WorkerSpec[] = [];
  yard.provider.onMade = (spec) => void specs.push(spec);
  await yard.register();
  await yard.submit('echo');
  await made();
  const { workerId, agentEnvironment } = specs[0]!;
  const { agents } = yard.commands;
  const hello = (nonce: string, token = agentEnvironment['WAYBILL_AGENT_TOKEN']!) =>
    agents.connect({ workerId, token, nonce, agentVersion: 'test', runs: [] });
  const [own, others] = ['the nonce of the agent', 'the nonce of a thief'];
  const refused = { ok: false, refusal: { code: 'unauthenticated' } };
  expect(await hello('short')).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } });
  expect(await hello(own, 'a'.repeat(64))).toMatchObject(refused);
  const first = await hello(own);
  if (!first.ok) throw new Error(first.refusal.message);
  // The answer was lost.
  expect(await hello(own)).toMatchObject({ ok: true });
  expect(await hello(others)).toMatchObject(refused);
  expect(await hello(own, first.value.sessionToken)).toMatchObject({ ok: true });
  expect(await hello(others, first.value.sessionToken)).toMatchObject(refused);
  expect((await yard.commands.fleet.drain(operator, workerId, 'Enough.')).ok).toBe(true);
});
