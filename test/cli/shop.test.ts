import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/main/config/load.ts';
import { adminToken, app, TestShop } from '../shops/shopify-server/server.ts';
import { makeFolder, runHere } from './program.ts';

let server: TestShop;
let env: Record<string, string>;
beforeEach(async () => {
  server = await new TestShop({ now: Date.now }).start();
  env = {
    SHOPIFY_STORE_DOMAIN: 'test-shop.myshopify.com',
    SHOPIFY_ADMIN_TOKEN: adminToken,
    SHOPIFY_API_BASE_URL: server.baseUrl,
  };
});
afterEach(async () => {
  await server.close();
  expect(server.breaches).toEqual([]);
});

describe('waybill shop product', () => {
  test('shows the product of a sku', async () => {
    const { id } = server.files.addProduct('Blue shirt', 'BLUE-SHIRT-001');
    const { status, stdout } = await runHere(['shop', 'product', 'BLUE-SHIRT-001'], env);
    expect([status, stdout]).toEqual([0, `product  ${id}\ntitle    Blue shirt\nsku      BLUE-SHIRT-001\nimages   0\n`]);
    const shown = JSON.parse((await runHere(['shop', 'product', 'BLUE-SHIRT-001', '--json'], env)).stdout) as unknown;
    expect(shown).toEqual({ productId: id, title: 'Blue shirt', sku: 'BLUE-SHIRT-001', images: [] });
  });

  test('says that no product has the sku, or several', async () => {
    server.files.addProduct('One', 'A');
    server.files.addProduct('Two', 'A');
    expect(await runHere(['shop', 'product', 'B'], env)).toEqual({
      status: 1, stdout: '', stderr: 'waybill: no product in the shop has the sku "B"\n',
    });
    expect((await runHere(['shop', 'product', 'A'], env)).stderr).toContain('2 products have the sku "A": "One" (');
  });

  test('keeps control characters of the shop away from the terminal', async () => {
    server.files.addProduct('Red\u001b[2Jshirt', 'A');
    expect((await runHere(['shop', 'product', 'A'], env)).stdout).toContain('title    Red [2Jshirt\n');
  });

  test('needs a shop that is set', async () => {
    const { status, stderr } = await runHere(['shop', 'product', 'A'], {});
    const advice = 'waybill: no shop is set: set SHOPIFY_STORE_DOMAIN and SHOPIFY_ADMIN_TOKEN\n';
    expect([status, stderr]).toEqual([2, advice]);
  });
});

describe('waybill shop test', () => {
  test('finds the shop with either way of access', async () => {
    const good = [0, 'good: the shop "Test shop" (test-shop.myshopify.com) answers\n'];
    const byToken = await runHere(['shop', 'test'], env);
    expect([byToken.status, byToken.stdout]).toEqual(good);
    const { SHOPIFY_ADMIN_TOKEN: _, ...rest } = env;
    const byApp = await runHere(['shop', 'test'], {
      ...rest, SHOPIFY_CLIENT_ID: app.clientId, SHOPIFY_CLIENT_SECRET: app.clientSecret,
    });
    expect([byApp.status, byApp.stdout]).toEqual(good);
  });

  test('fails with a wrong token, and does not show it', async () => {
    const { status, stdout } = await runHere(['shop', 'test'], { ...env, SHOPIFY_ADMIN_TOKEN: 'shpat_mistaken' });
    expect(status).toBe(1);
    expect(stdout).toContain('not usable: test-shop.myshopify.com: Shopify answered 401: check SHOPIFY_ADMIN_TOKEN');
    expect(stdout).not.toContain('shpat_mistaken');
  });
});

describe('waybill doctor', () => {
  test('looks at the shop that is set, and at none otherwise', async () => {
    const folder = makeFolder();
    try {
      const look = async (more: Record<string, string>) => {
        const args = ['doctor', '--dev', '--json', '--port', '0', '--data', folder.path];
        const { stdout } = await runHere(args, more);
        const { findings } = JSON.parse(stdout) as { findings: { part: string; status: string; message: string }[] };
        return findings.filter(({ part }) => part === 'shop').map(({ status, message }) => `${status} ${message}`);
      };
      expect(await look({})).toEqual([]);
      expect(await look(env)).toEqual(['ok the shop "Test shop" (test-shop.myshopify.com) answers']);
      server.scopes.delete('write_files');
      expect(await look(env)).toEqual([expect.stringMatching(/^fail .* does not grant the app write_files/)]);
    } finally {
      folder.remove();
    }
  });
});

describe('The settings of a shop', () => {
  test.each([
    ['without any access', { SHOPIFY_ADMIN_TOKEN: '' }, 'no access to the shop'],
    ['without a domain', { SHOPIFY_STORE_DOMAIN: '' }, 'SHOPIFY_STORE_DOMAIN is not set'],
    ['with two ways of access', { SHOPIFY_CLIENT_ID: 'x', SHOPIFY_CLIENT_SECRET: 'secretsecret' }, 'is set twice'],
    ['without the client secret', { SHOPIFY_ADMIN_TOKEN: '', SHOPIFY_CLIENT_ID: 'x' }, 'SHOPIFY_CLIENT_SECRET is not'],
    ['without the client id', { SHOPIFY_ADMIN_TOKEN: '', SHOPIFY_CLIENT_SECRET: 'secretsecret' }, 'SHOPIFY_CLIENT_ID'],
    ['with a domain of your own', { SHOPIFY_STORE_DOMAIN: 'shop.example' }, 'my-shop.myshopify.com'],
    ['with a version that is none', { SHOPIFY_API_VERSION: '2026-11' }, 'a version such as 2026-10'],
  ])('are refused %s, by the commands and by a server', async (_, changes, reason) => {
    const { status, stderr } = await runHere(['shop', 'test'], { ...env, ...changes });
    expect([status, stderr]).toEqual([2, expect.stringContaining(reason)]);
    const loaded = loadConfig({ flags: { dev: 'true' }, env: { ...env, ...changes } });
    expect(!loaded.ok && loaded.problems[0]?.message).toContain(reason);
  });
});
