import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { request } from '../contract/user.ts';
import { startTestServer } from './server.ts';

const passphrase = 'seven green boats at noon';

test('settings are shown to administrators, with where they come from and no secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'password'), `${passphrase}\r\n`);
  const env = {
    ADMIN_USER: 'root', ADMIN_PASSWORD_FILE: join(folder, 'password'), RETENTION_DAYS: '7',
    ALLOWED_ORIGINS: 'https://shop.example',
  };
  const { url } = await startTestServer(env, 'production');
  const login = await request(`${url}/api/v1/auth/login`, 'POST', { userId: 'root', password: passphrase });
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const root = as(login.body.data.token);
  const answer = await request(`${url}/api/settings`, 'GET', undefined, root);
  const of = (name: string) => answer.body.data.settings.find((one: { name: string }) => one.name === name);
  expect(of('RETENTION_DAYS')).toMatchObject({
    flag: '--retention-days', group: 'Limits', secret: false, isSet: true, value: '7', origin: 'environment',
  });
  expect(of('AUDIT_RETENTION_DAYS')).toMatchObject({ value: '365', origin: 'default' });
  expect(of('PUBLIC_URL')).toMatchObject({ isSet: false, value: null, origin: 'unset' });
  expect(of('JWT_SECRET')).toMatchObject({ secret: true, isSet: true, value: null, origin: 'environment' });
  expect(of('ADMIN_PASSWORD')).toMatchObject({ secret: true, isSet: true, value: null, origin: 'file' });
  expect(of('SETUP_TOKEN')).toMatchObject({ secret: true, isSet: false, value: null, origin: 'unset' });
  const text = JSON.stringify(answer.body);
  for (const secret of [passphrase, 'k3Y-of-these-tests', 'w0rker-s3cret', 'h00k-s3cret']) {
    expect(text).not.toContain(secret);
  }
  const operator = { userId: 'op', password: passphrase, roles: ['user', 'operator'] };
  await request(`${url}/api/v1/users`, 'POST', operator, root);
  const other = await request(`${url}/api/v1/auth/login`, 'POST', { userId: 'op', password: passphrase });
  expect((await request(`${url}/api/settings`, 'GET', undefined, as(other.body.data.token))).status).toBe(403);
});

test('what waits to be sent is counted for operators', async () => {
  const { url } = await startTestServer();
  const ask = (who: string) => request(`${url}/api/outbox`, 'GET', undefined, { authorization: `Bearer ${who}` });
  expect((await ask('admin')).body.data).toEqual({ messages: 0 });
  const anonymous = await request(`${url}/api/outbox`, 'GET');
  expect(anonymous.status).toBe(401);
});
