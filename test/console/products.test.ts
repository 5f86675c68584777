import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rememberingPrograms } from '../imaging/remembered.ts';
import { productPhoto } from '../imaging/samples.ts';
import { openStand, type Stand } from '../product-image/pipeline/stand.ts';
import { openTestServer, startTestServer, type StartedServer } from '../server/server.ts';
import { Shop } from '../product-image/shop.ts';
import { expectAccessible, noBrowser, openConsole, useBrowser } from './browser.ts';
import { people } from './people.ts';

beforeEach((context) => context.skip(noBrowser !== null, noBrowser ?? ''));
useBrowser();

const folder = mkdtempSync(join(tmpdir(), 'waybill-products-'));
const photo = join(folder, 'bowl.jpg');
let stand: Stand;
let server: StartedServer & { remove(): Promise<void> };
beforeAll(async () => {
  vi.stubEnv('NODE_OPTIONS', rememberingPrograms);
  writeFileSync(photo, await productPhoto());
  stand = await openStand();
  server = await openTestServer(stand.env);
  stand.shop.files.addProduct('A bowl', 'BOWL-1');
});
afterAll(async () => {
  await server.remove();
  await stand.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('product images in the console', () => {
  test('a photo goes from its file into the shop, and is shown as it goes', { timeout: 600_000 }, async () => {
    const page = await openConsole(server, { path: '/products' });
    await page.getByText('No product photos yet').waitFor();
    await page.getByRole('link', { name: 'Add a photo' }).click();
    await page.getByLabel('Photo', { exact: true }).setInputFiles(photo);
    await page.getByRole('img', { name: 'Preview of the theme' }).waitFor({ timeout: 240_000 });
    await page.getByLabel('SKU').fill('BOWL-1');
    await page.getByRole('button', { name: 'Add and start' }).click();
    await page.getByRole('heading', { name: 'BOWL-1' }).waitFor();
    await page.getByText('In the shop').first().waitFor({ timeout: 240_000 });
    for (const aspect of ['1:1', '4:5', '16:9']) await page.getByRole('img', { name: `BOWL-1, ${aspect}` }).waitFor();
    await page.getByRole('img', { name: 'BOWL-1, Cut-out' }).waitFor();
    const shown = await page.getByRole('img', { name: 'BOWL-1, 1:1' }).evaluate(async (img: HTMLImageElement) => {
      await img.decode();
      return [img.naturalWidth, img.naturalHeight];
    });
    expect(shown).toEqual([2_048, 2_048]);
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
    await page.getByRole('link', { name: 'Products' }).first().click();
    await page.getByRole('link', { name: 'BOWL-1' }).getByRole('img').waitFor();
    // One for each look at the list, which may be looked at again before it is shown.
    const looks = asked.filter((path) => path === '/api/jobs').length;
    const covers = asked.filter((path) => path.endsWith('/covers')).length;
    expect(covers).toBeGreaterThan(0);
    expect(covers).toBeLessThanOrEqual(looks);
    expect(asked.filter((path) => path.endsWith('/pictures'))).toEqual([]);
  });

  test('a photo that is there already is not added twice', async () => {
    const page = await openConsole(server, { path: '/products/new' });
    await page.getByLabel('Photo', { exact: true }).setInputFiles(photo);
    await page.getByLabel('SKU').fill('BOWL-1');
    await page.getByRole('button', { name: 'Add and start' }).click();
    await page.getByText('This photo is there already').waitFor();
    await page.getByRole('heading', { name: 'BOWL-1' }).waitFor();
  });

  test('a photo is given up, says so, and is tried again', async () => {
    const shop = new Shop(() => server.url);
    // Of a photo that does not come, or its job would end by itself.
    const id = await shop.announce('NOT-IN-THE-SHOP', { imageUrl: stand.photos.answer('/never.jpg', () => {}) });
    const page = await openConsole(server, { path: `/products/${id}` });
    await page.getByRole('button', { name: 'Give up' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Give up' }).click();
    await page.getByText('It failed for a reason that is not known.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('It starts again').waitFor();
  });

  test('cards are found by SKU and state, and the address keeps it', async () => {
    const page = await openConsole(server, { path: '/products' });
    await page.getByLabel('Find an SKU').fill('BOWL-1');
    await expect.poll(() => new URL(page.url()).searchParams.get('sku')).toBe('BOWL-1');
    await expect.poll(() => page.getByRole('listitem').filter({ has: page.getByRole('img') }).count()).toBe(1);
    await page.getByLabel('State').selectOption('failed');
    await page.getByText('Nothing matches').waitFor();
    await page.reload();
    await page.getByText('Nothing matches').waitFor();
  });

  test('users who are no operators have no such page', async () => {
    const own = await startTestServer({}, 'production');
    const { user, operator } = await people(own);
    const page = await openConsole(own, { user, path: '/products' });
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    expect(await page.getByRole('link', { name: 'Products' }).count()).toBe(0);
    const other = await openConsole(own, { user: operator });
    await other.getByRole('link', { name: 'Products' }).waitFor();
  });

  test('has no barrier on a desk or a phone', async () => {
    const page = await openConsole(server, { path: '/products' });
    await page.getByRole('link', { name: 'BOWL-1' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'BOWL-1' }).click();
    await page.getByRole('img', { name: 'BOWL-1, Cut-out' }).waitFor();
    await expectAccessible(page);
    await page.goto(`${server.url}/products/new`);
    await page.getByLabel('SKU').waitFor();
    await expectAccessible(page);
  });
});
