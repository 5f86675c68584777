import { createHmac } from 'node:crypto';
import { expect } from 'vitest';

export const secret = 's3cr3t';
export const sha = 'abc123def456';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export function sign(body: string, key = secret): string {
  return createHmac('sha256', key).update(body).digest('hex');
}

let skus = 0;

/** One that no other test has. */
export function newSku(name = 'VWS'): string {
  return `${name}-${++skus}`;
}

/** A supplier, and the operator's orchestrator, as a server sees them. */
export class Shop {
  readonly #url: () => string;

  constructor(url: () => string) {
    this.#url = url;
  }

  get url(): string {
    return this.#url();
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(this.url + path, {
      method, headers: { authorization: 'Bearer op', 'content-type': 'application/json', ...headers }, ...sent,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }

  /** Signed, unless the headers say otherwise. */
  async hook(
    image: object | string,
    { query = '', headers }: { readonly query?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const body = typeof image === 'string' ? image : JSON.stringify(image);
    const response = await fetch(`${this.url}/api/webhooks/3jms/images${query}`, {
      method: 'POST', body, headers: headers ?? { 'x-3jms-signature': sign(body) },
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async announce(sku: string, more: object = {}): Promise<string> {
    const answer = await this.hook({ sku, imageUrl: 'https://example.com/photo.jpg', sha256: sha, ...more });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.data.jobId;
  }

  /** The job's route, as POST. */
  step(id: string, name: string, body: object = {}): Promise<Answer> {
    return this.ask('POST', `/api/jobs/${id}/${name}`, body);
  }

  async job(id: string): Promise<any> {
    return (await this.ask('GET', `/api/jobs/${id}`)).body.data;
  }

  /** Takes a job into a state. */
  async advance(id: string, sku: string, to: string): Promise<void> {
    for (const [state, name, body] of this.way(sku)) {
      if ((await this.job(id)).status === to) return;
      expect([state, (await this.step(id, name, body)).status]).toEqual([state, 200]);
    }
    expect((await this.job(id)).status).toBe(to);
  }

  way(sku: string): readonly (readonly [state: string, name: string, body: object])[] {
    return [
      ['QUEUED', 'start', {}],
      ['BG_GENERATING', 'segmentation', { maskKey: `masks/${sku}/abc123.png`, cost: 0.0023, providerJobId: 'p1' }],
      ['COMPOSITING', 'backgrounds', { bgKeys: [`backgrounds/default/${sku}/abc123_1.jpg`], cost: 0.042 }],
      [
        'SHOPIFY_PUSH', 'composite',
        {
          composites: [`composites/default/${sku}/abc123_1x1_1_master.jpg`], thumbs: [`thumbs/${sku}/abc123_400.jpg`],
        },
      ],
      ['DONE', 'shopify', { mediaIds: ['gid://shopify/MediaImage/123456'] }],
    ];
  }

  async done(sku: string, more: object = {}): Promise<string> {
    const id = await this.announce(sku, more);
    await this.advance(id, sku, 'DONE');
    return id;
  }
}
