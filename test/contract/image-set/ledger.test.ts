import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, newUser, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

interface Entry {
  readonly sequence: number;
  readonly type: string;
  readonly jobId: string | null;
  readonly jobKind: string | null;
}

/** Holds two credits, charges one and returns one. */
async function halfDone(user: User): Promise<string> {
  const jobId = await user.queued(2);
  await callback(target, jobId, 0);
  await callback(target, jobId, 1, { status: 'failed', error: 'blurred' });
  return jobId;
}

const read = async (user: User, query: string, id = user.id): Promise<{ entries: Entry[]; nextAfter: number | null }> =>
  (await user.get(`/api/accounts/${id}/ledger?${query}`)).body.data;
const numbers = ({ entries }: { readonly entries: readonly Entry[] }): number[] =>
  entries.map(({ sequence }) => sequence);

describe('the ledger of an account', () => {
  test('is read oldest first, or newest first, a page at a time', async () => {
    const user = newUser(target);
    const jobId = await halfDone(user);
    const oldest = await read(user, '');
    expect(oldest.entries.map(({ type, jobId: of, jobKind }) => [type, of, jobKind])).toEqual([
      ['grant', null, null], ['reserve', jobId, 'image-set'], ['commit', jobId, 'image-set'],
      ['return', jobId, 'image-set'],
    ]);
    expect(numbers(oldest)).toEqual([1, 2, 3, 4]);
    const first = await read(user, 'order=desc&limit=3');
    expect([numbers(first), first.nextAfter]).toEqual([[4, 3, 2], 2]);
    const second = await read(user, `order=desc&limit=3&after=${first.nextAfter}`);
    expect([numbers(second), second.nextAfter]).toEqual([[1], null]);
    expect(numbers(await read(user, 'limit=2&after=1'))).toEqual([2, 3]);
    expect((await user.get(`/api/accounts/${user.id}/ledger?order=up`)).status).toBe(400);
  });

  test('is read of one job alone, in either order', async () => {
    const user = newUser(target);
    const [first, second] = [await halfDone(user), await halfDone(user)];
    const ofFirst = await read(user, `jobId=${first}`);
    expect(numbers(ofFirst)).toEqual([2, 3, 4]);
    expect(new Set(ofFirst.entries.map(({ jobId }) => jobId))).toEqual(new Set([first]));
    expect(numbers(await read(user, `jobId=${second}&order=desc`))).toEqual([7, 6, 5]);
    expect(numbers(await read(user, `jobId=${second}&order=desc&after=6&limit=1`))).toEqual([5]);
    expect(numbers(await read(user, `jobId=${second}&after=5&limit=1`))).toEqual([6]);
  });

  test('has nothing of the jobs of others, and is not shown to others', async () => {
    const [user, other] = [newUser(target), newUser(target)];
    const jobId = await halfDone(user);
    await halfDone(other);
    expect((await read(other, `jobId=${jobId}`)).entries).toEqual([]);
    for (const what of ['ledger', 'days']) {
      expect((await other.get(`/api/accounts/${user.id}/${what}`)).status).toBe(404);
      expect((await newUser(target, 'admin').get(`/api/accounts/${user.id}/${what}`)).status).toBe(200);
    }
  });
});

describe('the days of an account', () => {
  test('have what moved on each of them, also on those without a movement', async () => {
    const user = newUser(target);
    await halfDone(user);
    const ask = async (query: string) => (await user.get(`/api/accounts/${user.id}/days${query}`)).body.data.days;
    const days = await ask('');
    expect(days).toHaveLength(30);
    // The test may run past midnight.
    const moved = days.slice(-2).reduce((sum: Record<string, number>, day: Record<string, number>) => ({
      granted: sum['granted']! + day['granted']!, held: sum['held']! + day['held']!,
      spent: sum['spent']! + day['spent']!, returned: sum['returned']! + day['returned']!,
    }));
    expect(moved).toMatchObject({ granted: 10, held: 2, spent: 1, returned: 1 });
    expect(days[0]).toEqual({
      date: new Date(Date.parse(days[29].date) - 29 * 86_400_000).toISOString().slice(0, 10),
      granted: 0, held: 0, spent: 0, returned: 0,
    });
    expect([await ask('?days=1'), (await ask('?days=366')).length]).toEqual([[days[29]], 366]);
    expect((await user.get(`/api/accounts/${user.id}/days?days=367`)).status).toBe(400);
  });

  test('of a user without an account are empty', async () => {
    const user = newUser(target);
    const { days } = (await user.get(`/api/accounts/${user.id}/days?days=2`)).body.data;
    expect(days).toMatchObject([{ granted: 0, spent: 0 }, { granted: 0, spent: 0 }]);
  });
});
