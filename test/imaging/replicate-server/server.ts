/**
 * Replicate for tests, on loopback: predictions with what its documentation says of them, files, its limit of requests,
 * and what becomes of data after an hour. It notes what a client should not do (`breaches`).
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { testModels, type TestModel } from './models.ts';
import { shown, stateOf, type TestPrediction } from './predictions.ts';

export const token = 'r8_0123456789abcdefghijklmnopqrstuvwx';
export const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);

interface TestFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** Replaces the next answer to "POST /v1/predictions" and the like; ids are written `*`. */
export interface Fault {
  readonly on: string;
  readonly when: 'before' | 'after';
  answer(response: ServerResponse): void;
}

export class TestReplicate {
  readonly predictions: TestPrediction[] = [];
  readonly files: TestFile[] = [];
  readonly faults: Fault[] = [];
  readonly breaches: string[] = [];
  readonly requests: string[] = [];
  /** Of each new prediction. */
  next: { startingMs: number; error: string | null } = { startingMs: 1_000, error: null };
  output: { readonly bytes: Uint8Array; readonly type: string } = { bytes: png, type: 'image/png' };
  /** Creates in each minute, at most. */
  creates = 600;
  /** What it can fetch beside its own files. */
  readonly publicUrls = new Set<string>();
  readonly #recent: number[] = [];
  readonly #models: readonly TestModel[] = testModels(
    (url) => this.publicUrls.has(url) || this.files.some(({ id }) => url === this.#fileUrl(id)),
  );
  readonly #now: () => number;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      // A client that is killed takes its request back.
      if (!request.complete) return;
      this.breaches.push(String(error));
      response.writeHead(500).end();
    });
  });

  constructor({ now }: { now(): number }) {
    this.#now = now;
  }

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { pathname, searchParams } = new URL(request.url ?? '', this.baseUrl);
    if (pathname.startsWith('/delivery/')) return this.#deliver(request, response, pathname);
    const name = `${request.method} ${pathname.replace(/(predictions|versions)\/[a-z0-9]+/, '$1/*')}`;
    this.requests.push(name);
    if (request.headers.authorization !== `Bearer ${token}`) {
      return detail(response, 401, 'You did not pass a valid authentication token');
    }
    if (this.#fault(name, 'before', response)) return;
    const [status, answer] = await this.#answer(request, pathname, searchParams, body);
    if (this.#fault(name, 'after', response)) return;
    json(response, status, answer);
  }

  async #answer(
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    body: Buffer<ArrayBuffer>,
  ): Promise<Answer> {
    const { method } = request;
    const [, official] = /^\/v1\/models\/([^/]+\/[^/]+)\/predictions$/.exec(path) ?? [];
    if (method === 'POST' && (path === '/v1/predictions' || official !== undefined)) {
      return this.#create(request, JSON.parse(body.toString()), official ?? null);
    }
    if (method === 'POST' && path === '/v1/files') return this.#receive(request, body);
    const [, id, cancel] = /^\/v1\/predictions\/([a-z0-9]+)(\/cancel)?$/.exec(path) ?? [];
    if (id !== undefined && method === (cancel ? 'POST' : 'GET')) return this.#one(id, cancel !== undefined);
    if (method !== 'GET') return [405, { detail: 'Method not allowed' }];
    if (path === '/v1/account') return [200, { type: 'user', username: 'tester', name: 'Tester' }];
    const now = this.#now();
    if (path === '/v1/predictions') {
      return this.#page(path, this.predictions.map((each) => shown(each, now, this.baseUrl)), query);
    }
    if (path === '/v1/files') return this.#page(path, this.files.map((each) => this.#fileShown(each)), query);
    const [, model, version = null] = /^\/v1\/models\/([^/]+\/[^/]+)(?:\/versions\/([0-9a-f]+))?$/.exec(path) ?? [];
    const isThere = this.#models.some((each) => each.name === model && (version === null || each.version === version));
    if (!isThere) return [404, { detail: 'The requested resource could not be found.' }];
    return [200, { id: version, name: model }];
  }

  #create(request: IncomingMessage, body: Record<string, unknown>, official: string | null): Answer {
    const now = this.#now();
    while ((this.#recent[0] ?? now) <= now - 60_000) this.#recent.shift();
    if (this.#recent.length >= this.creates) {
      const seconds = Math.ceil(((this.#recent[0] ?? now) + 60_000 - now) / 1_000);
      return [429, { detail: `Request was throttled. Your rate limit resets in ~${seconds}s.` }];
    }
    this.#recent.push(now);
    const { version = null, input, ...rest } = body;
    if (Object.keys(rest).length > 0) this.breaches.push(`create: ${Object.keys(rest).join()}`);
    const model = this.#models.find((each) => each.version === version && (official ?? each.name) === each.name);
    if (model === undefined) return [422, { detail: 'The specified version does not exist' }];
    if (typeof input !== 'object' || input === null) return [422, { detail: '- input is required' }];
    if (JSON.stringify(input).length > 256 * 1024) return [413, { detail: 'input is too large: send a URL' }];
    const problem = model.problem(input as Record<string, unknown>);
    if (problem !== null) return [422, { detail: problem, title: 'Input validation failed' }];
    const [, minutes] = /^(\d+)m$/.exec(String(request.headers['cancel-after'])) ?? [];
    if (minutes === undefined) this.breaches.push(`create: Cancel-After is ${request.headers['cancel-after']}`);
    const startsAt = now + this.next.startingMs;
    const made: TestPrediction = {
      id: `p${String(this.predictions.length + 1).padStart(25, '0')}`, model, input: input as Record<string, unknown>,
      createdAt: now, startsAt, endsAt: startsAt + model.seconds * 1_000, error: this.next.error,
      deadline: now + Number(minutes) * 60_000, canceledAt: null,
    };
    this.predictions.unshift(made);
    return [201, shown(made, now, this.baseUrl)];
  }

  #one(id: string, isCancel: boolean): Answer {
    const now = this.#now();
    const found = this.predictions.find((each) => each.id === id);
    if (found === undefined) return [404, { detail: 'The requested resource could not be found.' }];
    if (isCancel && stateOf(found, now).endedAt === null) found.canceledAt = now;
    return [200, shown(found, now, this.baseUrl)];
  }

  async #receive(request: IncomingMessage, body: Buffer<ArrayBuffer>): Promise<Answer> {
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const content = (await new Response(body, { headers }).formData()).get('content');
    if (!(content instanceof File)) return [400, { detail: 'Missing content' }];
    const { name, type } = content;
    const file = { id: `F${this.files.length + 1}`, name, type, bytes: new Uint8Array(await content.arrayBuffer()) };
    this.files.unshift(file);
    return [201, this.#fileShown(file)];
  }

  #fileUrl(id: string): string {
    return `${this.baseUrl}/v1/files/${id}`;
  }

  #fileShown({ id, name, type, bytes }: TestFile): object {
    return { id, name, content_type: type, size: bytes.length, metadata: {}, urls: { get: this.#fileUrl(id) } };
  }

  #page(path: string, all: readonly object[], query: URLSearchParams): Answer {
    const from = Number(query.get('cursor') ?? 0);
    const next = from + 100 < all.length ? `${this.baseUrl}${path}?cursor=${from + 100}` : null;
    return [200, { next, previous: null, results: all.slice(from, from + 100) }];
  }

  #deliver(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (request.headers.authorization !== undefined) this.breaches.push('the token went to where outputs are');
    if (this.#fault('output', 'before', response)) return;
    const [, , id] = path.split('/');
    const found = this.predictions.find((each) => each.id === id);
    const isThere = found !== undefined && shown(found, this.#now(), this.baseUrl)['output'] !== null;
    if (!isThere) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': this.output.type }).end(this.output.bytes);
  }

  #fault(on: string, when: Fault['when'], response: ServerResponse): boolean {
    const index = this.faults.findIndex((fault) => fault.when === when && fault.on === on);
    const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
    fault?.answer(response);
    return fault !== undefined;
  }
}

type Answer = readonly [status: number, body: object];

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function detail(response: ServerResponse, status: number, text: string): void {
  json(response, status, { detail: text });
}
