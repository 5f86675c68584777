import { describe, expect, it } from 'vitest';
import { DurabilityKeeper } from '../../../src/stores/sqlite/node-durability.ts';

/** A disk whose syncs end when the test says so. */
function heldDisk() {
  const syncs: { end: () => void; fail: (error: Error) => void }[] = [];
  const sync = () => new Promise<void>((end, fail) => void syncs.push({ end, fail }));
  return { syncs, sync };
}

/** Lets everything run that does not wait for the disk. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What has become of a promise by now. */
async function fate(promise: Promise<void>): Promise<'waiting' | 'durable' | 'lost'> {
  let is: 'waiting' | 'durable' | 'lost' = 'waiting';
  promise.then(() => (is = 'durable'), () => (is = 'lost'));
  await turn();
  return is;
}

describe('durability of SQLite commits', () => {
  it('is not promised before the disk has said so', async () => {
    const { syncs, sync } = heldDisk();
    const keeper = new DurabilityKeeper(sync);
    keeper.committed();
    const durable = keeper.durable();
    expect(await fate(durable)).toBe('waiting');
    syncs[0]?.end();
    expect(await fate(durable)).toBe('durable');
  });

  it('needs no sync when nothing was committed since the last', async () => {
    const { syncs, sync } = heldDisk();
    const keeper = new DurabilityKeeper(sync);
    await keeper.durable();
    keeper.committed();
    const durable = keeper.durable();
    syncs[0]?.end();
    await durable;
    await keeper.durable();
    expect(syncs).toHaveLength(1);
  });

  it('of a commit made during a sync waits for the next one', async () => {
    const { syncs, sync } = heldDisk();
    const keeper = new DurabilityKeeper(sync);
    keeper.committed();
    const first = keeper.durable();
    keeper.committed();
    const second = keeper.durable();
    syncs[0]?.end();
    expect(await fate(first)).toBe('durable');
    expect(await fate(second)).toBe('waiting');
    syncs[1]?.end();
    expect(await fate(second)).toBe('durable');
  });

  it('of many commits takes one sync', async () => {
    const { syncs, sync } = heldDisk();
    const keeper = new DurabilityKeeper(sync);
    keeper.committed();
    const first = keeper.durable();
    const others = Array.from({ length: 50 }, () => {
      keeper.committed();
      return keeper.durable();
    });
    syncs[0]?.end();
    await first;
    await turn();
    syncs[1]?.end();
    await Promise.all(others);
    expect(syncs).toHaveLength(2);
  });

  it('is awaited by readers of commits that are not durable yet', async () => {
    const { syncs, sync } = heldDisk();
    const keeper = new DurabilityKeeper(sync);
    keeper.committed();
    const writer = keeper.durable();
    const reader = keeper.durable();
    expect(await fate(reader)).toBe('waiting');
    syncs[0]?.end();
    await Promise.all([writer, reader]);
    expect(syncs).toHaveLength(1);
  });

  it('is never promised again once a sync has failed', async () => {
    const { syncs, sync } = heldDisk();
    const keeper = new DurabilityKeeper(sync);
    keeper.committed();
    const first = keeper.durable();
    keeper.committed();
    const second = keeper.durable();
    syncs[0]?.fail(new Error('EIO'));
    await expect(first).rejects.toThrow('restart: Error: EIO');
    await expect(second).rejects.toThrow('EIO');
    await expect(keeper.durable()).rejects.toThrow('EIO');
    keeper.committed();
    await expect(keeper.durable()).rejects.toThrow('EIO');
    expect(syncs).toHaveLength(1);
  });
});
