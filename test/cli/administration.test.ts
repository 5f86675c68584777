import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('plan', () => {
  test('set changes what accounts may, and list shows it', async () => {
    const set = await server.as('admin', ['plan', 'set', 'pro', '--running-jobs', '7', '--rule-slots', '30']);
    expect(set.stdout).toMatch(/^pro +0 +7 +30 +1000 +20\S+Z$/m);
    expect((await server.as('admin', ['plan', 'list'])).stdout).toMatch(/^free +10 +1 +2 +50 +-$/m);
    expect((await server.as('mira', ['plan', 'set', 'pro', '--running-jobs', '8'])).status).not.toBe(0);
    expect((await server.as('admin', ['plan', 'set', 'pro'])).status).toBe(2);
    expect((await server.as('admin', ['plan', 'set', 'pro', '--running-jobs', '3'])).stdout).toMatch(/^pro +0 +3 /m);
  });
});

describe('account', () => {
  test('show and ledger tell what was granted', async () => {
    const grant = ['account', 'grant', 'mira', '--credits', '5', '--plan', 'pro', '--note', 'invoice 7'];
    expect((await server.as('admin', grant)).stdout).toMatch(
      /plan +pro\ncredits +15 available, 0 reserved, 0 spent, 15 granted\n/,
    );
    const shown = (await server.as('mira', ['account', 'show'])).stdout;
    expect(shown).toMatch(/running jobs +0 of 3\n/);
    expect(shown).toMatch(/\ntask jobs +0 of 1000000 unfinished, 0 of 5000000 stored, 0 of 53687091200 bytes\n/);
    expect(shown).toMatch(/\nobjects +0 of 536870912000 bytes\n/);
    expect((await server.as('admin', ['account', 'show', 'mira'])).status).toBe(0);
    const { stdout } = await server.as('mira', ['account', 'ledger', '--limit', '1', '--all']);
    expect(stdout).toMatch(/\n1 +\S+ +grant +10 .*\n2 +\S+ +grant +5 +granted +available +- +invoice 7\n/);
  });

  test('grant repeated with one Idempotency-Key grants once', async () => {
    const grant = ['account', 'grant', 'noor', '--credits', '5', '--idempotency-key', 'order-1', '--json'];
    await server.as('admin', grant);
    expect(JSON.parse((await server.as('admin', grant)).stdout)).toMatchObject({ userId: 'noor', granted: 15 });
  });

  test('grant is for administrators', async () => {
    const { status, stderr } = await server.as('mira', ['account', 'grant', 'mira', '--credits', '5']);
    const more = `  More: ${server.url}/docs/errors/forbidden`;
    expect([status, stderr]).toEqual([77, `waybill: This needs the role admin.\n${more}\n`]);
  });

  test('show refuses another user’s account', async () => {
    expect((await server.as('mira', ['account', 'show', 'noor'])).status).toBe(66);
  });
});

describe('token', () => {
  test('create prints the key alone; it is good until it is revoked', async () => {
    const { status, stdout, stderr } = await server.as('mira', ['token', 'create', '--name', 'ci', '--roles', 'user']);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^wb_\w+\n$/)]);
    const id = /Token (\S+) of mira \(user\), good until 20/.exec(stderr)?.[1] ?? '';
    const key = stdout.trim();
    expect((await server.as(key, ['account', 'show'])).stdout).toMatch(/^user +mira\n/);
    expect((await server.as('mira', ['token', 'revoke', id])).stderr).toBe(`Token ${id} is revoked.\n`);
    expect((await server.as(key, ['account', 'show'])).status).toBe(77);
    const listed = await server.as('mira', ['token', 'list']);
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).not.toContain(key);
  });

  test('create can make one that never expires', async () => {
    const { stdout } = await server.as('mira', ['token', 'create', '--name', 'old', '--never-expires', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'old', expiresAt: null });
    const both = ['token', 'create', '--name', 'x', '--never-expires', '--expires-in-days', '3'];
    expect((await server.as('mira', both)).status).toBe(2);
  });

  test('create by an administrator is for anybody', async () => {
    const { stdout } = await server.as('admin', ['token', 'create', '--name', 'x', '--user', 'noor', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ userId: 'noor' });
  });
});

test('what others wrote cannot steer the terminal', async () => {
  const { status, stderr } = await server.as('mira', ['token', 'create', '--name', 'a\u001b[31mred']);
  expect([status, stderr.includes('\u001b')]).toEqual([64, false]);
});

test('list names what can be done', async () => {
  expect((await server.as('mira', ['preset', 'list'])).stdout).toMatch(/\nremove-background +\S/);
});
