import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/program.ts';
import { openTestServer } from '../server/server.ts';
import { newSku, secret, sha, Shop } from './shop.ts';

let server: Awaited<ReturnType<typeof openTestServer>>;
const shop = new Shop(() => server.url);
beforeAll(async () => {
  server = await openTestServer({ WEBHOOK_SECRET: secret, STUDIO_PROCESSES: '1' });
});
afterAll(() => server.remove());

const red = (width: number, height: number, alpha = 1) =>
  sharp({ create: { width, height, channels: 4, background: { r: 200, g: 30, b: 30, alpha } } });

async function store(id: string, wanted: object, bytes: Uint8Array): Promise<string> {
  const { body: { data } } = await shop.step(id, 'presign', wanted);
  const headers = { 'content-type': data.key.endsWith('.png') ? 'image/png' : 'image/jpeg' };
  expect((await fetch(data.putUrl, { method: 'PUT', body: new Uint8Array(bytes), headers })).status).toBe(200);
  return data.key;
}

/** Up to SHOPIFY_PUSH, with a composite and a cut-out that are there. */
async function composited(sku: string): Promise<{ id: string; composite: string }> {
  const id = await shop.announce(sku);
  await shop.advance(id, sku, 'COMPOSITING');
  const composite = await store(id, { kind: 'composite' }, await red(500, 500).jpeg().toBuffer());
  await store(id, { kind: 'cutout' }, await red(300, 200, 0.5).png().toBuffer());
  expect((await shop.step(id, 'composite', { composites: [composite] })).status).toBe(200);
  return { id, composite };
}

const manifestOf = async (url: string): Promise<any> => (await fetch(url)).json();

describe('derivatives of a product image', () => {
  it('are made once in each width and format, are listed by a manifest, and go with the job', async () => {
    const sku = newSku();
    const { id, composite } = await composited(sku);
    const folder = `derivatives/${sku}/${sha}/default`;
    const first = await shop.step(id, 'derivatives', { widths: [100, 400], formats: ['webp', 'jpeg'] });
    expect([first.status, first.body.data.made]).toEqual([200, 4]);
    const { derivatives, manifestUrl } = first.body.data;
    expect(derivatives.map(({ key, width, height, of }: any) => [key, width, height, of])).toEqual([
      [`${folder}/1x1_1_100.webp`, 100, 100, composite], [`${folder}/1x1_1_400.webp`, 400, 400, composite],
      [`${folder}/1x1_1_100.jpg`, 100, 100, composite], [`${folder}/1x1_1_400.jpg`, 400, 400, composite],
    ]);
    const bytes = Buffer.from(await (await fetch(derivatives[1].url)).arrayBuffer());
    expect([bytes.length, await sharp(bytes).metadata()]).toMatchObject([
      derivatives[1].bytes, { format: 'webp', width: 400, height: 400, hasProfile: true },
    ]);
    const more = await shop.step(id, 'derivatives', { widths: [400, 800], formats: ['webp'] });
    // Narrower than 800: it keeps its own width.
    expect(more.body.data).toMatchObject({ made: 1, derivatives: [{ width: 400 }, { width: 500 }] });
    const manifest = await manifestOf(manifestUrl);
    expect(manifest).toMatchObject({ sku, imageSha256: sha, theme: 'default' });
    expect(manifest.derivatives).toHaveLength(5);
    await shop.step(id, 'fail', { code: 'UNKNOWN', message: 'It was wrong.' });
    const prune = await shop.ask(
      'POST', '/api/product-images/prune', { olderThanSeconds: 0 }, { authorization: 'Bearer admin' },
    );
    // The composite, the cut-out, five derivatives and their manifest.
    expect(prune.body.data).toMatchObject({ jobs: 1, objects: 8 });
    expect((await fetch(derivatives[1].url)).status).toBe(404);
  }, 60_000);

  it('are made anew of a composite that has changed', async () => {
    const { id } = await composited(newSku());
    const wanted = { widths: [100], formats: ['png'] };
    const before = await shop.step(id, 'derivatives', wanted);
    await store(id, { kind: 'composite' }, await red(900, 900).jpeg().toBuffer());
    const after = await shop.step(id, 'derivatives', wanted);
    expect([before.body.data.made, after.body.data.made]).toEqual([1, 1]);
  }, 60_000);

  it('of the cut-out are transparent, and on white as a JPEG', async () => {
    const { id } = await composited(newSku());
    const env = { WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'op' };
    const wanted = ['--widths', '200', '--formats', 'png,jpeg,avif', '--of', 'cutout'];
    const args = ['product', 'derivatives', id, ...wanted, '--json'];
    const { status, stdout } = await run(args, { env });
    expect(status).toBe(0);
    const [png, jpeg, avif] = await Promise.all(JSON.parse(stdout).derivatives.map(async ({ url }: any) =>
      sharp(Buffer.from(await (await fetch(url)).arrayBuffer())).raw().toBuffer({ resolveWithObject: true })));
    expect([png.info.channels, png.data[3], avif.info.channels]).toEqual([4, 128, 4]);
    expect(jpeg.info.channels).toBe(3);
    // Half red, half white.
    expect(jpeg.data[1]).toBeGreaterThan(130);
  }, 60_000);

  it('are refused before there are composites, where one is not stored, and beyond what is made at once', async () => {
    const [early, empty] = [newSku(), newSku()];
    const wanted = { widths: [400], formats: ['webp'] };
    const none = await shop.step(await shop.announce(early), 'derivatives', wanted);
    expect([none.status, none.body.error]).toMatchObject([409, { code: 'conflict', details: { state: 'NEW' } }]);
    const id = await shop.done(empty);
    const missing = await shop.step(id, 'derivatives', wanted);
    expect([missing.status, missing.body.error.message]).toEqual([409, expect.stringContaining('There is no object')]);
    for (const body of [
      { widths: [99], formats: ['webp'] }, { widths: [2_049], formats: ['webp'] },
      { widths: [400, 400], formats: ['webp'] },
      { widths: [], formats: ['webp'] }, { widths: [400], formats: ['gif'] },
      { widths: [400], formats: [] },
    ]) {
      expect([body, (await shop.step(id, 'derivatives', body)).status]).toEqual([body, 400]);
    }
    const { id: large } = await composited(newSku());
    const widths = Array.from({ length: 20 }, (_, at) => 2_048 - at);
    const all = { widths, formats: ['webp', 'avif'], of: ['composites', 'cutout'] };
    const tooMuch = await shop.step(large, 'derivatives', all);
    expect([tooMuch.status, tooMuch.body.error.message]).toEqual([400, expect.stringContaining('megapixels')]);
  }, 60_000);
});
