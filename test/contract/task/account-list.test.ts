import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTarget, runtime, type Target } from '../target.ts';
import { newUser } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

describe('the list of accounts', () => {
  beforeEach((ctx) => ctx.skip(runtime === 'worker', 'on Cloudflare accounts are not in one place'));

  test('has every account, a page at a time, or those whose ids begin alike', async () => {
    const admin = newUser(target, 'admin');
    const grant = { credits: 5, note: 'gift' };
    for (const id of ['lia', 'liam', 'mo']) await admin.post(`/api/accounts/${id}/grants`, grant);
    const list = async (query: string) => (await admin.get(`/api/accounts?${query}`)).body.data;
    const ids = ({ accounts }: { readonly accounts: readonly { readonly userId: string }[] }) =>
      accounts.map(({ userId }) => userId);
    expect(ids(await list('prefix=li'))).toEqual(['lia', 'liam']);
    const first = await list('limit=2&after=kim');
    expect([ids(first), first.nextAfter]).toEqual([['lia', 'liam'], 'liam']);
    const second = await list(`limit=2&after=${first.nextAfter}&prefix=m`);
    expect([ids(second), second.nextAfter]).toEqual([['mo'], null]);
    expect(second.accounts[0]).toMatchObject({ plan: 'free', credits: 15, granted: 15, reserved: 0, spent: 0 });
    expect((await admin.get('/api/accounts?prefix=a/b')).status).toBe(400);
  });

  test('is for administrators', async () => {
    expect((await newUser(target).get('/api/accounts')).status).toBe(403);
  });
});
