import { beforeEach, describe, expect, it } from 'vitest';
import { CommandQueue } from '../../src/application/write-path/command-queue.ts';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import type { Commit, CommitResult } from '../../src/ports/store/commit.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { commands } from '../domain/image-sets.ts';
import { MemoryCommitStore } from './memory-commit-store.ts';
import { commanding, creating } from './operations.ts';

const { confirm } = commands;
const clock = createFakeClock();

/** Shows a commit at once, and says that it is durable when it is told to. */
class AheadStore extends MemoryCommitStore {
  readonly syncs: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #waiting: (() => void)[] = [];

  async commitAhead(commit: Commit): Promise<{ result: CommitResult; durable: Promise<void> }> {
    const result = await this.commit(commit);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.syncs.push({ resolve, reject });
    for (const wake of this.#waiting.splice(0)) wake();
    return { result, durable: promise };
  }

  /** Resolves when so many commits have been seen. */
  async seen(count: number): Promise<void> {
    while (this.syncs.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

describe('a store that shows commits before they are durable', () => {
  let store: AheadStore;
  let path: WritePath;

  beforeEach(() => {
    store = new AheadStore();
    path = new WritePath({ store, clock });
  });

  it('is given the next commit while the last one becomes durable', async () => {
    const first = path.run(creating('a', 'ada'));
    await store.seen(1);
    const second = path.run(commanding('a', confirm(1)));
    await store.seen(2);
    for (const { resolve } of store.syncs) resolve();
    expect(await Promise.all([first, second])).toEqual([
      { ok: true, value: 'a' },
      { ok: true, value: 'uploaded' },
    ]);
  });

  it('has no command answered before its commit is durable', async () => {
    let answered = false;
    const first = path.run(creating('a', 'ada')).then(() => (answered = true));
    await store.seen(1);
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    store.syncs[0]?.resolve();
    await first;
  });

  it('has the commands rejected whose commit does not become durable, and draining waits for all', async () => {
    const first = path.run(creating('a', 'ada'));
    await store.seen(1);
    const second = path.run(creating('b', 'bob'));
    await store.seen(2);
    let drained = false;
    const draining = path.drain().then(() => (drained = true));
    await new Promise(setImmediate);
    expect(drained).toBe(false);
    store.syncs[0]?.reject(new Error('the disk is gone'));
    store.syncs[1]?.resolve();
    await expect(first).rejects.toThrow('the disk is gone');
    expect(await second).toEqual({ ok: true, value: 'b' });
    await draining;
  });
});

describe('a store that takes several commits at the same time', () => {
  it('is given commits in parallel unless they touch the same things', async () => {
    const store = Object.assign(new MemoryCommitStore(), { commitsAtOnce: 2 });
    const path = new WritePath({ store, clock, maxBatch: 20 });
    const gates: (() => void)[] = [];
    let wake = (): void => {};
    store.onCommit = () => {
      const held = Promise.withResolvers<void>();
      gates.push(held.resolve);
      wake();
      return held.promise;
    };
    const underWay = async (count: number): Promise<void> => {
      while (gates.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    const all = Array.from({ length: 40 }, (_, at) => path.run(creating(`job ${at}`, `user ${at}`)));
    const again = path.run(commanding('job 0', confirm(1)));
    await underWay(2);
    expect(store.stored.length).toBe(0);
    store.onCommit = async () => {};
    for (const open of gates) open();
    expect((await Promise.all(all)).every(({ ok }) => ok)).toBe(true);
    expect(await again).toEqual({ ok: true, value: 'uploaded' });
    expect(store.stored.map(({ jobs }) => jobs.length)).toEqual([20, 20, 1]);
  });
});

describe('the queue of waiting commands', () => {
  const line = (): CommandQueue<string> => new CommandQueue((item) => item.split(' '));

  it('holds back commands on something busy, and keeps them in order with later ones on the same', () => {
    const waiting = line();
    for (const item of ['a', 'a b', 'b', 'c']) waiting.push(item);
    const first = waiting.take(1);
    expect(first.items).toEqual(['a']);
    const second = waiting.take(10);
    expect(second.items).toEqual(['c']);
    expect(waiting.take(10).items).toEqual([]);
    first.release();
    expect(waiting.take(10).items).toEqual(['a b', 'b']);
    expect(waiting.length).toBe(0);
  });
});
