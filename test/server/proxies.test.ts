import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../postgres/embedded.ts';
import { openTestServer } from './server.ts';

/** The configurations of proxies that docs/guides/production.md has, as they are printed. */

const guide = readFileSync(new URL('../../docs/guides/production.md', import.meta.url), 'utf8');
const photo = Buffer.alloc(20_000_000, 'photo');
const folder = mkdtempSync(join(tmpdir(), 'waybill-proxy-'));
const certificate = join(folder, 'fullchain.pem');
const key = join(folder, 'privkey.pem');

/** The blocks of a language: the whole configuration, and what a prefix takes. */
function blocks(language: string): readonly [whole: string, prefixed: string] {
  const [whole = '', prefixed = ''] = [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))]
    .map(([, block = '']) => block);
  return [whole, prefixed];
}

interface Ports {
  readonly http: number;
  readonly https: number;
  readonly prefixed: number;
  readonly server: number;
  readonly grpc: number;
}

const proxies = {
  nginx: {
    /** The second `server` is the first with the location below a path. */
    arguments: (ports: Ports): string[] => {
      const [whole, prefixed] = blocks('nginx');
      const below = whole.slice(whole.lastIndexOf('\nserver {')).replace(/ {4}location \/ \{.*?\n {4}\}\n/s, prefixed);
      expect(below).toContain('location /waybill/');
      const own = (text: string, port: number): string => text
        .replace('listen 443', `listen 127.0.0.1:${port}`).replace('listen 80', `listen 127.0.0.1:${ports.http}`)
        .replaceAll('waybill.example;', 'localhost;').replaceAll('127.0.0.1:8787', `127.0.0.1:${ports.server}`)
        .replaceAll('127.0.0.1:50051', `127.0.0.1:${ports.grpc}`)
        .replaceAll(/\/etc\/letsencrypt\/live\/waybill\.example/g, folder);
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${folder}/${name};`);
      const files = `pid ${folder}/pid; error_log stderr; daemon off; events {}`;
      writeFileSync(join(folder, 'nginx.conf'), `${files}\nhttp {\naccess_log off; ${temporary.join(' ')}\n` +
        `${own(whole, ports.https)}\n${own(below, ports.prefixed)}\n}\n`);
      return ['-c', join(folder, 'nginx.conf'), '-p', folder];
    },
  },
  caddy: {
    arguments: (ports: Ports): string[] => {
      const own = (text: string, port: number): string => text
        .replace('waybill.example {', `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}`)
        .replaceAll('127.0.0.1:8787', `127.0.0.1:${ports.server}`)
        .replaceAll('127.0.0.1:50051', `127.0.0.1:${ports.grpc}`);
      const [whole, prefixed] = blocks('caddy');
      writeFileSync(join(folder, 'Caddyfile'), '{\n\tadmin off\n\tauto_https disable_redirects\n}\n' +
        `${own(whole, ports.https)}\n${own(prefixed, ports.prefixed)}`);
      return ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
    },
  },
} as const;

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

beforeAll(() => {
  if (!isInstalled('nginx') && !isInstalled('caddy')) return;
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key,
    '-out', certificate, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
  ], { stdio: 'ignore' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

describe.each(['nginx', 'caddy'] as const)('behind %s, as the guide configures it,', (name) => {
  // A machine without it cannot say whether the configuration works.
  const there = isInstalled(name);
  let server: Awaited<ReturnType<typeof openTestServer>>;
  let proxy: ChildProcess;
  let agent: Agent;
  let ports: Ports;
  let said = '';

  const answered = (url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request(url, { agent, method, headers: { authorization: 'Bearer mira', ...headers } }, resolve)
        .on('error', reject).end(body);
    });
  const textOf = async (response: IncomingMessage): Promise<string> =>
    Buffer.concat(await response.toArray()).toString();
  const json = async (url: string, body: unknown): Promise<any> => {
    const headers = { 'content-type': 'application/json' };
    const response = await answered(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return JSON.parse(await textOf(response));
  };

  beforeAll(async () => {
    if (!there) return;
    const [http, https, prefixed, grpc] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const env = { PUBLIC_URL: `https://localhost:${prefixed}/waybill`, TRUST_PROXY: 'true', GRPC_PORT: `${grpc}` };
    server = await openTestServer({ ...env, LOG_LEVEL: 'info' });
    ports = { http, https, prefixed, grpc, server: Number(new URL(server.url).port) };
    agent = new Agent({ ca: readFileSync(certificate), keepAlive: true });
    mkdirSync(join(folder, 'home'), { recursive: true });
    proxy = spawn(name, proxies[name].arguments(ports), {
      env: { ...process.env, HOME: join(folder, 'home'), XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    proxy.stderr?.on('data', (chunk: Buffer) => (said += String(chunk)));
    await vi.waitFor(async () => {
      if (proxy.exitCode !== null) throw new Error(said);
      expect((await answered(`https://localhost:${https}/readyz`)).statusCode).toBe(200);
    }, { timeout: 30_000, interval: 50 });
  });
  afterAll(async () => {
    if (!there) return;
    agent.destroy();
    const gone = new Promise((resolve) => proxy.once('exit', resolve));
    if (proxy.exitCode === null && proxy.kill('SIGTERM')) await gone;
    await server.remove();
  });

  test('photos of 20 MB are uploaded, with a prefix and without', async ({ skip }) => {
    skip(!there, `${name} is not installed`);
    const base = `https://localhost:${ports.prefixed}/waybill`;
    const { data } = await json(`${base}/api/jobs`, { preset: 'seller', itemCount: 2 });
    const [first, second] = data.urls.map(({ url }: { url: string }) => url) as [string, string];
    expect(first.startsWith(`${base}/`)).toBe(true);
    expect((await answered(first, { method: 'PUT', body: photo })).statusCode).toBe(200);
    const withoutPrefix = second.replace(base, `https://localhost:${ports.https}`);
    expect((await answered(withoutPrefix, { method: 'PUT', body: photo })).statusCode).toBe(200);
  });

  test('events come as they happen', async ({ skip }) => {
    skip(!there, `${name} is not installed`);
    for (const base of [`https://localhost:${ports.https}`, `https://localhost:${ports.prefixed}/waybill`]) {
      const stream = await answered(`${base}/api/events`);
      expect(stream.headers['content-type']).toBe('text/event-stream');
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += String(chunk)));
      const { data: task } = await json(`${base}/api/v1/jobs`, { type: 'nobodys', data: {} });
      // The stream goes on: what is buffered on the way would not be here.
      await vi.waitFor(() => expect(text).toContain(task.id), { timeout: 30_000 });
      stream.destroy();
    }
  });

  test('pages lead to pages below the prefix', async ({ skip }) => {
    skip(!there, `${name} is not installed`);
    const base = `https://localhost:${ports.prefixed}/waybill`;
    for (const path of ['/', '/docs', '/docs/guides', '/docs/errors/not_found']) {
      const response = await answered(`${base}${path}`);
      const page = await textOf(response);
      expect([path, response.statusCode]).toEqual([path, 200]);
      const inside = /<base href="([^"]+)"/.exec(page)?.[1] ?? '';
      const links = [...page.matchAll(/ (?:src|href)="([^"#:]+)(?:#[^"]*)?"/g)].map(([, to = '']) => to).slice(0, 20);
      for (const to of links) {
        const url = new URL(to, new URL(inside, `${base}${path}`)).href;
        expect([path, url.startsWith(`${base}/`) ? (await answered(url)).statusCode : url]).toEqual([path, 200]);
      }
    }
  });

  test('calls of gRPC are answered', async ({ skip }) => {
    skip(!there, `${name} is not installed`);
    const client = connect(`https://localhost:${ports.https}`, { ca: readFileSync(certificate) });
    const call = client.request({
      ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc', te: 'trailers',
    });
    const status = new Promise((resolve) => call.on('trailers', (trailers) => resolve(trailers['grpc-status'])));
    call.end(Buffer.alloc(5));
    call.resume();
    expect(await status).toBe('0');
    client.close();
  });
});
