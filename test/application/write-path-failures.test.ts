import { beforeEach, describe, expect, it } from 'vitest';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import { CommitAborted } from '../../src/ports/store/commit.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { commands } from '../domain/image-sets.ts';
import { MemoryCommitStore } from './memory-commit-store.ts';
import { commanding, creating, granting } from './operations.ts';

const { confirm } = commands;
const clock = createFakeClock();

let store: MemoryCommitStore;
let path: WritePath;

beforeEach(() => {
  store = new MemoryCommitStore();
  path = new WritePath({ store, clock });
});

const statuses = async (running: readonly Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(running)).map(({ status }) => status);

describe('a commit that certainly stored nothing', () => {
  it('is tried again command by command, so that only the one at fault fails', async () => {
    store.onCommit = async ({ jobs }) => {
      if (jobs.some(({ job }) => job.id === 'bad')) throw new CommitAborted('constraint failed');
    };
    const running = ['a', 'bad', 'c'].map((id) => path.run(creating(id, `user ${id}`)));
    expect(await statuses(running)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(running[1]).rejects.toThrow('constraint failed');
    expect([...store.jobs.keys()]).toEqual(['a', 'c']);
  });

  it('rejects a command that was alone in it', async () => {
    store.onCommit = async () => {
      throw new CommitAborted('disk full');
    };
    await expect(path.run(creating('a', 'ada'))).rejects.toThrow('disk full');
    store.onCommit = async () => {};
    expect(await path.run(creating('a', 'ada'))).toEqual({ ok: true, value: 'a' });
  });
});

describe('a commit whose outcome is unknown', () => {
  const lost = async (): Promise<void> => {
    store.onStored = async () => {};
    throw new Error('connection lost');
  };

  it('is not repeated, so that a grant is made once', async () => {
    store.onStored = lost;
    await expect(path.run(granting('ada', 5))).rejects.toThrow('connection lost');
    expect(store.accounts.get('ada')?.granted).toBe(15);
    expect(store.ledger.map(({ amount }) => amount)).toEqual([10, 5]);
  });

  it('is not repeated for any command of its batch', async () => {
    store.onStored = lost;
    const running = [path.run(granting('ada', 5)), path.run(granting('bob', 7))];
    expect(await statuses(running)).toEqual(['rejected', 'rejected']);
    expect(store.stored.length).toBe(1);
  });

  it('has what it touched loaded again', async () => {
    await path.run(creating('a', 'ada', 2));
    store.onStored = lost;
    await expect(path.run(commanding('a', confirm(2)))).rejects.toThrow('connection lost');
    store.loads.length = 0;
    expect(await path.run(commanding('a', confirm(2)))).toMatchObject({ refusal: { code: 'invalid_state' } });
    expect(store.loads[0]?.jobs).toEqual(['a']);
  });

  it('keeps no later command from being served', async () => {
    store.onCommit = async () => {
      store.onCommit = async () => {};
      throw new Error('connection lost');
    };
    await expect(path.run(creating('a', 'ada'))).rejects.toThrow('connection lost');
    expect(await path.run(creating('b', 'bob'))).toEqual({ ok: true, value: 'b' });
  });
});

describe('a load that fails', () => {
  it('rejects the commands that it fails for again when each is loaded alone', async () => {
    store.onLoad = async ({ accounts }) => {
      if (accounts.includes('ada')) throw new Error('page is damaged');
    };
    const running = [path.run(creating('a', 'ada')), path.run(creating('b', 'bob'))];
    expect(await statuses(running)).toEqual(['rejected', 'fulfilled']);
    await expect(running[0]).rejects.toThrow('page is damaged');
  });

  it('once is repeated, and every command is answered', async () => {
    store.onLoad = async () => {
      store.onLoad = async () => {};
      throw new Error('timed out');
    };
    const running = [path.run(creating('a', 'ada')), path.run(creating('b', 'bob'))];
    expect(await statuses(running)).toEqual(['fulfilled', 'fulfilled']);
  });
});
