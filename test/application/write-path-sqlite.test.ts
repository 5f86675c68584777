import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { commands } from '../domain/image-sets.ts';
import { commanding, creating, failing, granting, planning } from './operations.ts';
import { createSqliteFile } from './sqlite-file.ts';

const { confirm, execute, done, cancel } = commands;
const file = createSqliteFile();
const clock = createFakeClock();
const commits: number[] = [];
let store: Store;
/** Two servers, each with a connection of its own. */
let here: WritePath;
let there: WritePath;

beforeAll(() => {
  store = file.open();
  here = new WritePath({ store, clock, onCommit: (size) => commits.push(size) });
  there = new WritePath({ store: file.open(), clock });
});
afterAll(() => file.remove());

describe('the write path over SQLite', () => {
  it('stores commands together that arrive while a commit is under way', async () => {
    const first = here.run(creating('group', 'group'));
    // Resolved in the turn in which the first command goes to the store.
    await Promise.resolve();
    const rest = Array.from({ length: 30 }, (_, at) => here.run(creating(`group ${at}`, `group ${at}`)));
    await Promise.all([first, ...rest]);
    expect(commits.reduce((sum, size) => sum + size, 0)).toBe(31);
    expect(commits.length).toBeLessThanOrEqual(3);
  });

  it('stores a job’s whole life in one commit', async () => {
    commits.length = 0;
    await Promise.all([
      here.run(creating('life', 'life', 2)),
      here.run(commanding('life', confirm(2))),
      here.run(commanding('life', execute())),
      here.run(commanding('life', done(0))),
      here.run(commanding('life', done(1))),
    ]);
    expect(commits).toEqual([5]);
    expect(await store.jobs.get('life')).toMatchObject({ state: 'done', version: 7 });
    expect(await store.accounts.get('life')).toMatchObject({ available: 8, spent: 2, activeJobs: 0 });
    expect((await store.jobs.history('life'))?.items.length).toBe(2);
  });

  it('stores nothing of a command that is refused or throws, and all of its neighbours', async () => {
    const [refused, broken, fine] = await Promise.allSettled([
      here.run(creating('too large', 'greedy', 11)),
      here.run(failing('a bug')),
      here.run(creating('fine', 'modest', 1)),
    ]);
    expect([refused.status, broken.status, fine.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([await store.jobs.get('too large'), await store.accounts.get('greedy')]).toEqual([null, null]);
    expect((await store.jobs.get('fine'))?.state).toBe('created');
  });

  it('decides again what another server has changed', async () => {
    await here.run(planning('shared', 'pro'));
    await here.run(creating('kept', 'shared', 4));
    await here.run(creating('shrunk', 'shared', 4));
    await there.run(commanding('shrunk', confirm(1)));
    expect(await here.run(commanding('shrunk', cancel()))).toEqual({ ok: true, value: 'canceled' });
    expect(await there.run(granting('shared', 5))).toEqual({ ok: true, value: 11 });
    const account = await store.accounts.get('shared');
    expect(account).toMatchObject({ granted: 15, available: 11, reserved: 4, activeJobs: 1 });
  });

  it('grants once when the outcome of the grant was unknown', async () => {
    const { commitAhead: _, ...honest } = file.open();
    const deaf: Store = {
      ...honest,
      commit: async (commit) => {
        await honest.commit(commit);
        throw new Error('the disk does not answer');
      },
    };
    await expect(new WritePath({ store: deaf, clock }).run(granting('once', 5))).rejects.toThrow('does not answer');
    expect(await store.accounts.get('once')).toMatchObject({ granted: 15 });
  });
});
