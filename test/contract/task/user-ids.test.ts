import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, request, type Answer } from '../user.ts';
import { newType } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const password = 'seven green boats at noon';
const ask = (method: string, path: string, token: string, body?: unknown): Promise<Answer> =>
  request(target.url + path, method, body, { authorization: `Bearer ${token}` });

/** A user that is stored under an id with capitals, logged in. */
async function person(id: string, roles = ['user', 'operator']): Promise<string> {
  const made = await ask('POST', '/api/v1/users', 'admin', { userId: id, password, roles, email: `${id}@x.example` });
  expect(made.status).toBe(201);
  const { body } = await request(`${target.url}/api/v1/auth/login`, 'POST', { userId: id.toLowerCase(), password });
  expect(body.data.user.userId).toBe(id);
  return body.data.token;
}

test('credits granted under another spelling of a user’s id are that user’s', async () => {
  const token = await person('Mira');
  const granted = await ask('POST', '/api/accounts/mira/grants', 'admin', { credits: 5, plan: 'pro' });
  expect(granted.body.data).toMatchObject({ userId: 'Mira', plan: 'pro', credits: 15 });
  expect((await ask('GET', '/api/user/me', token)).body.data).toMatchObject({ userId: 'Mira', credits: 15 });
  for (const asking of ['admin', token]) {
    expect((await ask('GET', '/api/accounts/MIRA', asking)).body.data).toMatchObject({ userId: 'Mira', credits: 15 });
    const { entries } = (await ask('GET', '/api/accounts/mIRA/ledger', asking)).body.data;
    expect(entries.map(({ amount }: { amount: number }) => amount)).toEqual([10, 5]);
  }
  // In development mode an id is a token.
  expect((await ask('GET', '/api/user/me', 'mirA')).body.data).toMatchObject({ userId: 'Mira', credits: 15 });
  const other = await person('Otto');
  expect((await ask('GET', '/api/accounts/mira', other)).status).toBe(404);
});

test('a user’s things are listed under every spelling of its id', async () => {
  const token = await person('Nora');
  const type = newType();
  const { id } = (await ask('POST', '/api/v1/jobs', token, { type })).body.data;
  const scheduled = { name: 'yearly', cron: '@yearly', type };
  const { scheduleId } = (await ask('POST', '/api/v1/schedules', token, scheduled)).body.data;
  const { tokenId } = (await ask('POST', '/api/tokens', 'admin', { name: 'ci', userId: 'NORA' })).body.data;
  for (const asking of ['admin', token]) {
    expect((await ask('GET', '/api/v1/jobs?owner=nora', asking)).body.data.jobs).toMatchObject([{ id }]);
    expect((await ask('GET', '/api/jobs?owner=noRA', asking)).body.data.jobs).toMatchObject([{ id }]);
    expect((await ask('GET', '/api/v1/schedules?owner=NORA', asking)).body.data.schedules).toMatchObject([
      { scheduleId },
    ]);
    expect((await ask('GET', '/api/tokens?userId=nora', asking)).body.data.tokens).toMatchObject([{ tokenId }]);
  }
  expect((await ask('GET', '/api/v1/jobs?owner=nora', newUser(target).id)).status).toBe(403);
  const bulk = { action: 'cancel', filter: { owner: 'nora', type } };
  expect((await ask('POST', '/api/v1/jobs/bulk', 'admin', bulk)).body.data).toMatchObject({ succeeded: 1 });
  expect((await ask('DELETE', '/api/tokens?userId=nora', 'admin')).body.data).toEqual({ revoked: 1 });
  const changed = await ask('PUT', '/api/v1/users/nora', 'admin', { name: 'N.' });
  expect(changed.body.data).toMatchObject({ userId: 'Nora', name: 'N.' });
  expect((await ask('DELETE', '/api/v1/users/nORA', 'admin')).body.data).toMatchObject({ schedulesSwitchedOff: 1 });
});

test('a user that is not stored is known by its id as the issuer spells it', async () => {
  const [one, other] = [newUser(target), newUser(target)];
  await ask('POST', `/api/accounts/${one.id}/grants`, 'admin', { credits: 5 });
  const shouted = newUser(target, one.id.toUpperCase());
  const credits = [(await one.me()).credits, (await shouted.me()).credits, (await other.me()).credits];
  expect(credits).toEqual([15, 10, 10]);
});

test('an email address that several users want at once goes to one, and is a conflict for the others', async () => {
  const ids = ['Uma', 'Ugo', 'Udo', 'Ute'];
  for (const id of ids) await person(id);
  for (let round = 0; round < 5; round++) {
    const email = `wanted-${round}@x.example`;
    const changes = ids.map((id) => ask('PUT', `/api/v1/users/${id}`, 'admin', { email }));
    const maker = ask('POST', '/api/v1/users', 'admin', { userId: `late-${round}`, password, email });
    const statuses = (await Promise.all([...changes, maker])).map(({ status }) => (status === 201 ? 200 : status));
    expect(statuses.sort()).toEqual([200, 409, 409, 409, 409]);
  }
});
