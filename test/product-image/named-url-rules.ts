import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { newSku, sha, type Shop } from './shop.ts';

/** As far as anybody looks. */
const png = Buffer.from('\u0089PNG\r\n\u001a\n and so on', 'latin1');

/** Serves `/mask.png`, `/text`, `/busy`, and `/to/<n>`, which redirects n times until it is at the mask. */
async function startPictures(): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const left = Number(/^\/to\/(\d+)$/.exec(url)?.[1] ?? 0);
    if (left > 0) response.writeHead(302, { location: left === 1 ? '/mask.png' : `/to/${left - 1}` }).end();
    else if (url === '/mask.png') response.writeHead(200, { 'content-type': 'image/png' }).end(png);
    else response.writeHead(url === '/text' ? 200 : 503).end('no picture');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Results that are reported by their URLs, to a server of WEBHOOK_ALLOW_PRIVATE=true. */
export function namedUrlRules(shop: Shop): void {
  it('fetches and stores a mask that is named by its URL, also through redirects', async () => {
    const pictures = await startPictures();
    for (const path of ['/mask.png', '/to/3']) {
      const sku = newSku();
      const id = await shop.announce(sku);
      await shop.step(id, 'start');
      const { status, body } = await shop.step(id, 'segmentation', { maskUrl: pictures + path });
      expect([status, body.data.status, body.data.maskKey]).toEqual([200, 'BG_GENERATING', `masks/${sku}/${sha}.png`]);
      const { getUrl } = (await shop.step(id, 'presign', { kind: 'mask' })).body.data;
      expect(Buffer.from(await (await fetch(getUrl)).arrayBuffer())).toEqual(png);
    }
  });

  it.each([
    ['leads to no picture', '/text', 400, /must lead to a file that is image\/png/],
    ['redirects for too long', '/to/4', 400, /redirects more than 3 times/],
    ['is answered by a failure', '/busy', 503, /answered 503: try again later/],
  ])('refuses a URL that %s', async (_, path, status, message) => {
    const pictures = await startPictures();
    const id = await shop.announce(newSku());
    await shop.step(id, 'start');
    const refused = await shop.step(id, 'segmentation', { maskUrl: pictures + path });
    expect([refused.status, refused.body.error.message]).toEqual([status, expect.stringMatching(message)]);
    expect((await shop.job(id)).status).toBe('QUEUED');
  });
}
