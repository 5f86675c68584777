/**
 * A Shopify shop for tests: its Admin GraphQL API, staged uploads and client credentials, on loopback. It refuses what
 * the schema of Shopify does not have or has deprecated, and notes what a client should not do (`breaches`).
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { buildSchema, execute, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode } from 'graphql';
import { CostBucket, costOf } from './cost-bucket.ts';
import { ShopFiles } from './files.ts';
import { rootOf } from './resolvers.ts';
import { StagedUploads } from './staged-uploads.ts';

const schema = buildSchema(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'));
const version = '2026-10';
export const adminToken = 'shpat_0123456789abcdef0123456789abcdef';
export const app = { clientId: 'd3a1f0c2b4e59687', clientSecret: 'shpss_fedcba9876543210fedcba98' };

/** Replaces the next answer to an operation: "AttachFile", "upload", "token", or any. */
export interface Fault {
  readonly on: string | null;
  /** `before`: the request changes nothing. `after`: it is done, and only its answer is lost. */
  readonly when: 'before' | 'after';
  answer(response: ServerResponse): void;
}

export class TestShop {
  readonly uploads = new StagedUploads();
  readonly files: ShopFiles;
  readonly bucket: CostBucket;
  readonly scopes = new Set(['read_products', 'write_files']);
  readonly faults: Fault[] = [];
  readonly breaches: string[] = [];
  /** Operations that were carried out, in order. */
  readonly operations: string[] = [];
  /** Tokens of client credentials, and until when they are good. */
  readonly granted = new Map<string, number>();
  throttled = 0;
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
    this.files = new ShopFiles(this.uploads, now);
    this.bucket = new CostBucket({ maximumAvailable: 2_000, restoreRate: 100 }, now);
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
    const { pathname } = new URL(request.url ?? '', this.baseUrl);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    if (pathname === '/admin/oauth/access_token') return this.#grant(request, response, body);
    if (pathname === '/staged/') return this.#upload(request, response, body);
    if (pathname !== `/admin/api/${version}/graphql.json`) return void json(response, 404, { errors: 'Not Found' });
    if (!this.#isToken(String(request.headers['x-shopify-access-token']))) {
      const errors = '[API] Invalid API key or access token (unrecognized login or wrong password)';
      return void json(response, 401, { errors });
    }
    if (request.headers['content-type'] !== 'application/json') return void response.writeHead(415).end();
    const { query, variables } = JSON.parse(body.toString()) as { query: string; variables?: Record<string, unknown> };
    const document = parse(query);
    const operation = nameOf(document);
    if (this.#fault(operation, 'before', response)) return;
    const answer = await this.#run(document, operation, variables ?? {});
    if (this.#fault(operation, 'after', response)) return;
    json(response, 200, answer);
  }

  async #run(document: DocumentNode, operation: string, variableValues: Record<string, unknown>): Promise<object> {
    const errors = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]);
    if (errors.length > 0) {
      this.breaches.push(...errors.map(({ message }) => `${operation}: ${message}`));
      return { errors };
    }
    const throttled = this.bucket.take(costOf(document));
    if (throttled !== null) {
      this.throttled += 1;
      return throttled;
    }
    this.operations.push(operation);
    const { files, uploads, baseUrl, scopes } = this;
    const breach = (what: string): void => void this.breaches.push(`${operation}: ${what}`);
    const rootValue = rootOf({ files, uploads, baseUrl, scopes, breach });
    const result = await execute({ schema, document, rootValue, variableValues });
    for (const { message, extensions } of result.errors ?? []) {
      if (extensions['code'] === undefined) breach(message);
    }
    return result;
  }

  async #upload(request: IncomingMessage, response: ServerResponse, body: Buffer<ArrayBuffer>): Promise<void> {
    if (this.#fault('upload', 'before', response)) return;
    this.operations.push('upload');
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const refused = await this.uploads.receive(await new Response(body, { headers }).formData());
    if (this.#fault('upload', 'after', response)) return;
    if (refused === null) return void response.writeHead(201).end();
    this.breaches.push(`upload: ${refused}`);
    response.writeHead(403, { 'content-type': 'application/xml' }).end(`<Error><Code>${refused}</Code></Error>`);
  }

  #grant(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    if (this.#fault('token', 'before', response)) return;
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded;charset=UTF-8') {
      this.breaches.push(`token: ${request.headers['content-type']}`);
    }
    const form = new URLSearchParams(body.toString());
    if (form.get('grant_type') !== 'client_credentials') {
      return json(response, 400, { error: 'unsupported_grant_type' });
    }
    if (form.get('client_id') !== app.clientId || form.get('client_secret') !== app.clientSecret) {
      return json(response, 400, { error: 'invalid_client', error_description: 'The client is unknown' });
    }
    this.operations.push('token');
    const token = `shpat_granted_${this.granted.size + 1}`;
    this.granted.set(token, this.#now() + 86_399_000);
    json(response, 200, { access_token: token, scope: [...this.scopes].join(','), expires_in: 86_399 });
  }

  #isToken(token: string): boolean {
    return token === adminToken || (this.granted.get(token) ?? 0) > this.#now();
  }

  #fault(operation: string, when: Fault['when'], response: ServerResponse): boolean {
    const index = this.faults.findIndex((fault) => fault.when === when && (fault.on ?? operation) === operation);
    const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
    fault?.answer(response);
    return fault !== undefined;
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

function nameOf(document: DocumentNode): string {
  const [definition] = document.definitions;
  return definition?.kind === 'OperationDefinition' ? (definition.name?.value ?? '') : '';
}
