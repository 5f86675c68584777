import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Shop } from '../shop.ts';
import { photoBytes } from '../pipeline/photo-server.ts';

/** A compositing service of somebody's own, as the example's notes describe it. It has a token of Waybill. */
export class Compositor {
  /** What it answers instead; null if it works. */
  failure: { readonly status: number; readonly text: string } | null = null;
  readonly #waybill: Shop;
  readonly #server = createServer((request, response) => {
    this.#compose(request).then(
      (answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
      (error: Error) => response.writeHead(this.failure?.status ?? 500).end(error.message),
    );
  });

  constructor(waybill: Shop) {
    this.#waybill = waybill;
  }

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/compose`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #compose(request: IncomingMessage): Promise<object> {
    const { jobId, originalKey, maskKey, bgKeys } = await json(request) as Record<string, any>;
    if (this.failure !== null) throw new Error(this.failure.text);
    for (const wanted of [
      { kind: 'original', key: originalKey }, { kind: 'mask', key: maskKey },
      ...bgKeys.map((key: string) => ({ kind: 'bg', key })),
    ]) {
      const { getUrl } = (await this.#waybill.step(jobId, 'presign', wanted)).body.data;
      if (!(await fetch(getUrl)).ok) throw new Error(`${JSON.stringify(wanted)} is not there`);
    }
    const composites = bgKeys.map((_: string, at: number) =>
      this.#upload(jobId, { kind: 'composite', variant: at + 1 }));
    return {
      composites: await Promise.all(composites), thumbs: [await this.#upload(jobId, { kind: 'thumb', variant: 1 })],
    };
  }

  async #upload(jobId: string, wanted: object): Promise<string> {
    const { key, putUrl } = (await this.#waybill.step(jobId, 'presign', wanted)).body.data;
    const headers = { 'content-type': 'image/jpeg' };
    const put = await fetch(putUrl, { method: 'PUT', headers, body: new Uint8Array(photoBytes()) });
    if (!put.ok) throw new Error(`the upload of ${key} is answered ${put.status}`);
    return key;
  }
}
