import { symlinkSync, rmSync, readdirSync, truncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createUrlSigner } from '../../src/objects/filesystem/signature.ts';
import { request } from '../contract/user.ts';
import { startTestServer } from './server.ts';

/** What failed, and where, is for the log: no answer has a path or an address of the server's machine in it. */

const mira = { authorization: 'Bearer mira' };
const secret = 'objects-s3cret-of-tests';

function signed(url: string, key: string): string {
  const grant = { expiresAt: Date.now() + 60_000, contentType: null, contentLength: null };
  return `${url}/objects/${key}?${createUrlSigner(secret).sign('GET', key, grant)}`;
}

test('an object whose file is damaged or a link is an error without the path, which is in the log', async () => {
  const server = await startTestServer({ OBJECTS_SECRET: secret });
  const { body } = await request(`${server.url}/api/jobs`, 'POST', { preset: 'seller', itemCount: 2 }, mira);
  for (const { url } of body.data.urls) expect((await fetch(url, { method: 'PUT', body: 'photo' })).status).toBe(200);
  const folder = join(server.folder, 'objects/objects');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
  expect(files).toHaveLength(2);
  truncateSync(files.find((path) => path.includes('/0.jpg'))!, 3);
  const linked = files.find((path) => path.includes('/1.jpg'))!;
  rmSync(linked);
  symlinkSync('/etc/hostname', linked);
  for (const { key } of body.data.urls) {
    const response = await fetch(signed(server.url, key));
    const text = await response.text();
    expect([response.status, JSON.parse(text).success]).toEqual([key.endsWith('/0.jpg') ? 500 : 400, false]);
    expect(text).not.toMatch(new RegExp(`${server.folder}|${folder}|/tmp|/etc`));
  }
  expect(server.log.filter((line) => line.includes('object request failed'))).toHaveLength(2);
  expect(server.log.join('')).toContain(linked);
});

test('health names the part that is down, and not its address', async () => {
  const server = await startTestServer();
  rmSync(join(server.folder, 'objects/incoming'), { recursive: true });
  for (const path of ['/api/health', '/readyz']) {
    const response = await fetch(server.url + path);
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(text).not.toContain(server.folder);
    expect(text).not.toMatch(/127\.0\.0\.1|localhost|ENOENT/);
  }
});

test('a failed webhook delivery says why without the IP address of its receiver', async () => {
  const server = await startTestServer({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  // Nothing listens on port 1.
  const task = { type: 'none', data: null, webhookUrl: 'http://localhost:1/hook' };
  const { body } = await request(`${server.url}/api/v1/jobs`, 'POST', task, mira);
  expect((await request(`${server.url}/api/v1/jobs/${body.data.id}`, 'DELETE', undefined, mira)).status).toBe(200);
  const get = async (path: string) => (await request(server.url + path, 'GET', undefined, mira)).body.data;
  const delivery = async (): Promise<string> => {
    const [first] = (await get('/api/v1/webhooks/deliveries')).deliveries;
    return first === undefined ? '' : JSON.stringify(await get(`/api/v1/webhooks/deliveries/${first.deliveryId}`));
  };
  await expect.poll(delivery, { timeout: 10_000 }).toContain('The connection was refused (ECONNREFUSED).');
  expect(await delivery()).not.toMatch(/127\.0\.0\.1|::1/);
});
