import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audited } from '../../src/main/audited.ts';
import { routes } from '../../src/main/routes.ts';
import { request, type Answer } from '../contract/user.ts';
import { openTestServer, startTestServer, type StartedServer } from './server.ts';

let server: StartedServer & { remove(): Promise<void> };
beforeAll(async () => void (server = await openTestServer()));
afterAll(() => server.remove());

const ask = (who: string, method: string, path: string, body?: unknown): Promise<Answer> =>
  request(server.url + path, method, body, { authorization: `Bearer ${who}` });

async function entries(query = ''): Promise<Record<string, any>[]> {
  return (await ask('admin', 'GET', `/api/audit?${query}`)).body.data.entries;
}

const passphrase = 'seven green boats at noon';

describe('the audit', () => {
  test('says who changed a user, how and from where, and never has a password', async () => {
    await ask('admin', 'POST', '/api/v1/users', { userId: 'ada', password: passphrase, roles: ['user'] });
    await ask('admin', 'PUT', '/api/v1/users/ada', { roles: ['user', 'operator'], password: `${passphrase} too` });
    await ask('admin', 'DELETE', '/api/v1/users/ada');
    const of = await entries('target=ada');
    expect(of.map(({ action, details }) => [action, details])).toEqual([
      ['deleteUser', {}],
      ['updateUser', { roles: ['user', 'operator'], fields: ['password'] }],
      ['createUser', { userId: 'ada', roles: ['user'], fields: ['password'] }],
    ]);
    expect(of[0]).toMatchObject({ actor: 'admin', address: '127.0.0.1', credential: 'developer', target: 'ada' });
    expect(JSON.stringify(await entries())).not.toContain('green boats');
  });

  test('has nothing of what was refused, or was the same before', async () => {
    expect((await ask('admin', 'PUT', '/api/v1/users/nobody', { disabled: true })).status).toBe(404);
    expect((await ask('mira', 'POST', '/api/accounts/mira/grants', { credits: 5 })).status).toBe(403);
    const grant = { credits: 5, note: 'gift' };
    const headers = { authorization: 'Bearer admin', 'idempotency-key': 'gift-1' };
    for (const _ of [1, 2]) await request(`${server.url}/api/accounts/eve/grants`, 'POST', grant, headers);
    expect([await entries('target=nobody'), await entries('target=mira')]).toEqual([[], []]);
    const [only, ...more] = await entries('target=eve');
    expect([only, more]).toMatchObject([{ action: 'grantCredits', details: { credits: 5, note: 'gift' } }, []]);
  });

  test('has what administrators do to the jobs of others, and not what users do to their own', async () => {
    const task = async (): Promise<string> =>
      (await ask('mira', 'POST', '/api/v1/jobs', { type: 'resize' })).body.data.id;
    const [own, other, third] = [await task(), await task(), await task()];
    await ask('mira', 'POST', `/api/jobs/${own}/cancel`);
    await ask('admin', 'POST', `/api/jobs/${other}/cancel`);
    await ask('admin', 'POST', `/api/jobs/${other}/retry`);
    await ask('admin', 'POST', '/api/v1/jobs/bulk', { action: 'cancel', ids: [third] });
    expect(await entries(`target=${own}`)).toEqual([]);
    expect((await entries(`target=${other}`)).map(({ action }) => action)).toEqual(['retryJob', 'cancelJob']);
    expect(await entries('action=bulkTasks')).toMatchObject([{ actor: 'admin', details: { action: 'cancel' } }]);
  });

  test('has what is done to the keys of others, and not to one’s own', async () => {
    const make = async (body: object) => (await ask('admin', 'POST', '/api/tokens', { name: 'x', ...body })).body.data;
    const [own, other] = [await make({}), await make({ userId: 'kim' })];
    await ask('admin', 'DELETE', `/api/tokens/${own.tokenId}`);
    await ask('admin', 'DELETE', `/api/tokens/${other.tokenId}`);
    await ask('admin', 'DELETE', '/api/tokens?userId=kim');
    await ask('admin', 'DELETE', '/api/tokens');
    const all = await entries('actor=admin');
    const ofKeys = all.filter(({ action }) => /Token/.test(action));
    expect(ofKeys.map(({ action, target }) => [action, target])).toEqual([
      ['revokeTokens', 'kim'], ['revokeToken', other.tokenId], ['createToken', 'kim'],
    ]);
    expect(JSON.stringify(all)).not.toContain(other.key);
  });

  test('has what operators change: types, secrets, providers, schedules', async () => {
    await ask('admin', 'PUT', '/api/v1/types/resize', { limits: { maxRunning: 3 } });
    await ask('admin', 'POST', '/api/v1/types/resize/pause');
    await ask('admin', 'PUT', '/api/secrets/SHOP_KEY', { value: 'very-secret-value' });
    const cron = { name: 'nightly', cron: '0 3 * * *', type: 'resize' };
    const { scheduleId } = (await ask('admin', 'POST', '/api/v1/schedules', cron)).body.data;
    await ask('admin', 'DELETE', `/api/v1/schedules/${scheduleId}`);
    const all = await entries('limit=5');
    expect(all.map(({ action, target }) => [action, target])).toEqual([
      ['deleteSchedule', scheduleId], ['createSchedule', 'nightly'], ['putSecret', 'SHOP_KEY'],
      ['pauseWorkType', 'resize'], ['putWorkType', 'resize'],
    ]);
    expect(all[4]!['details']).toEqual({ limits: { maxRunning: 3 } });
    expect(JSON.stringify(all)).not.toContain('very-secret');
  });

  test('is read newest first by pages, by actor, action, target and time', async () => {
    const all = await entries('limit=200');
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted().reverse());
    const first = (await ask('admin', 'GET', '/api/audit?limit=3')).body.data;
    expect([first.entries, first.nextCursor]).toEqual([all.slice(0, 3), ids[2]]);
    const rest = (await ask('admin', 'GET', `/api/audit?limit=200&cursor=${first.nextCursor}`)).body.data;
    expect([rest.entries, rest.nextCursor]).toEqual([all.slice(3), null]);
    const middle = all[4]!['at'];
    expect(await entries(`limit=200&from=${middle}`)).toEqual(all.filter(({ at }) => at >= middle));
    expect(await entries(`limit=200&before=${middle}`)).toEqual(all.filter(({ at }) => at < middle));
    expect(await entries('actor=nobody')).toEqual([]);
    for (const wrong of ['action=drop+table', 'from=yesterday', 'cursor=1', 'limit=0']) {
      expect((await ask('admin', 'GET', `/api/audit?${wrong}`)).status).toBe(400);
    }
  });

  test('is for administrators', async () => {
    expect((await ask('mira', 'GET', '/api/audit')).status).toBe(403);
  });
});

test('an entry of the audit names the key that was used', async () => {
  const own = await startTestServer({ ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase }, 'production');
  const login = await request(`${own.url}/api/v1/auth/login`, 'POST', { userId: 'root', password: passphrase });
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const { token } = login.body.data;
  const key = (await request(`${own.url}/api/tokens`, 'POST', { name: 'deploy' }, as(token))).body.data;
  await request(`${own.url}/api/accounts/ada/grants`, 'POST', { credits: 1 }, as(key.key));
  await request(`${own.url}/api/accounts/ada/grants`, 'POST', { credits: 2 }, as(token));
  const { entries: all } = (await request(`${own.url}/api/audit`, 'GET', undefined, as(token))).body.data;
  expect(all.map(({ credential }: { credential: string }) => credential)).toEqual(['login', `key ${key.tokenId}`]);
});

/** What operators do with jobs of their own, and workers for everybody's: the events of the jobs have that. */
const work = [
  'submitCommand', 'createCommandUploads', 'createProductImage', 'startProductImage', 'presignProductImage',
  'reportSegmentation', 'reportBackgrounds', 'reportComposite', 'reportShopify', 'makeDerivatives', 'previewTheme',
  'takeTasks', 'reportTasks', 'exchangeTasks', 'heartbeatTasks', 'startChildTasks', 'testProvider',
];

test('every route by which operators and administrators change something is audited, but for the work itself', () => {
  const changing = Object.values(routes).filter(({ method, auth }) => method !== 'GET' && /operator|admin/.test(auth));
  const unaudited = changing.map(({ name }) => name).filter((name) => audited[name] === undefined);
  expect(unaudited.filter((name) => !work.includes(name))).toEqual([]);
});
