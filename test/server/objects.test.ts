import { expect, test } from 'vitest';
import { request } from '../contract/user.ts';
import { startTestServer } from './server.ts';

const page = 'https://shop.example';

/** Where to upload the only photo of a new set. */
async function uploadUrl(server: { readonly url: string }): Promise<string> {
  const headers = { authorization: 'Bearer mira' };
  const { body } = await request(`${server.url}/api/jobs`, 'POST', { preset: 'seller', itemCount: 1 }, headers);
  return body.data.urls[0].url;
}

test.each([page, '*'])('a page uploads to the URL that it was given, with ALLOWED_ORIGINS=%s', async (origins) => {
  const url = await uploadUrl(await startTestServer({ ALLOWED_ORIGINS: origins }));
  const asked = await fetch(url, {
    method: 'OPTIONS',
    headers: { origin: page, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' },
  });
  expect([asked.status, asked.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, HEAD, PUT']);
  expect(asked.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('content-type');
  const send = (method: string, to: string) => fetch(to, { method, body: 'photo', headers: { origin: page } });
  const answers = [await send('PUT', url), await send('PUT', `${url}0`), await send('POST', url)];
  expect(answers.map(({ status }) => status)).toEqual([200, 403, 405]);
  for (const { headers } of [asked, ...answers]) {
    expect(['*', page]).toContain(headers.get('access-control-allow-origin'));
    expect(headers.get('x-request-id')).toMatch(/./);
  }
  expect(answers[2]?.headers.get('allow')).toBe('GET, HEAD, PUT, OPTIONS');
});
