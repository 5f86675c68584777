import { expect, test } from 'vitest';
import { request } from '../contract/user.ts';
import { startTestServer } from './server.ts';

test('an API key says when it was last used, for its user and for administrators', async () => {
  const { url } = await startTestServer();
  const ask = (who: string, method: string, path: string, body?: unknown) =>
    request(url + path, method, body, { authorization: `Bearer ${who}` });
  const { key, tokenId, lastUsedAt } = (await ask('mira', 'POST', '/api/tokens', { name: 'importer' })).body.data;
  expect(lastUsedAt).toBeNull();
  const used = async (who: string) =>
    (await ask(who, 'GET', '/api/tokens')).body.data.tokens.find((one: any) => one.tokenId === tokenId).lastUsedAt;
  expect([await used('mira'), await used('admin')]).toEqual([null, null]);
  const before = Date.now();
  expect((await ask(key, 'GET', '/api/user/me')).status).toBe(200);
  const at = await used('mira');
  expect(Date.parse(at)).toBeGreaterThanOrEqual(before - 1_000);
  await Promise.all([1, 2, 3].map(() => ask(key, 'GET', '/api/user/me')));
  expect([await used('mira'), await used('admin')]).toEqual([at, at]);
});
