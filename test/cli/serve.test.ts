import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder, run, runHere, start } from './program.ts';

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const secrets = {
  JWT_SECRET: 'Uq8-of-these-tests-and-nobody-else', GPU_CALLBACK_SECRET: 'w0rker-of-these-tests', PRODUCT_IMAGES: 'no',
};
const serve = (...flags: readonly string[]): string[] => [
  'serve',
  '--port',
  '0',
  '--data',
  join(folder.path, 'data'),
  ...flags,
];

describe('a server', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, serves, and exits with 0 at %s', async (signal) => {
    const server = start(serve('--dev'));
    const [, url = ''] = await server.says(/^Waybill listens on (http:\/\/127\.0\.0\.1:\d+)\n/);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    server.process.kill(signal);
    const { status, stdout, stderr } = await server.ended;
    expect([status, stdout]).toEqual([0, `Waybill listens on ${url}\n`]);
    // It is no terminal that the log goes to.
    const log = stderr.trim().split('\n').map((line) => JSON.parse(line) as { level: string; message: string });
    expect(log.slice(0, 2)).toMatchObject([
      { level: 'warn', message: expect.stringMatching(/^Development mode: /) },
      { level: 'warn', message: expect.stringMatching(/^Workers use the callback secret dev-callback-secret or /) },
    ]);
    expect(existsSync(join(folder.path, 'data/waybill.sqlite'))).toBe(true);
  });

  test('logs text for people when it is told to', async () => {
    const server = start(serve('--dev', '--log-format', 'text', '--log-level', 'debug'));
    const [, url = ''] = await server.says(/^Waybill listens on (\S+)\n/);
    await server.says(/^\d\d:\d\d:\d\d\.\d{3} warn  Development mode: .*\n/);
    await fetch(`${url}/api/presets`, { headers: { authorization: 'Bearer mira' } });
    await server.says(/^[\d:.]+ debug request requestId=\S+ method=GET path=\/api\/presets .* status=200 /m);
    server.process.kill('SIGTERM');
    expect((await server.ended).stderr).not.toContain('{"time"');
  });

  test('in production logs no secret and takes no user id for a token', async () => {
    const server = start(serve('--json'), { env: secrets });
    const [text] = await server.says(/^\{"url":.*\n/);
    const { url } = JSON.parse(text) as { url: string };
    const response = await fetch(`${url}/api/user/me`, { headers: { authorization: 'Bearer mira' } });
    expect(response.status).toBe(401);
    server.process.kill('SIGTERM');
    const { status, stderr } = await server.ended;
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/j{32}|c{16}|Development/);
    const log = stderr.trim().split('\n').map((line) => JSON.parse(line) as { level: string; message: string });
    expect(log).toContainEqual(expect.objectContaining({
      level: 'warn', message: expect.stringMatching(/^There is no administrator yet: make one within the hour with /),
    }));
  });

  test('that cannot start says why and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const taken = await run([...serve('--dev'), '--port', String(port)]);
    other.close();
    expect(taken.status).toBe(1);
    expect(taken.stderr).toContain(`waybill: the server cannot start: port ${port} is taken on 127.0.0.1`);
    writeFileSync(join(folder.path, 'file'), 'no folder');
    const noFolder = await run(serve('--dev', '--data', join(folder.path, 'file')));
    expect(noFolder.status).toBe(1);
    expect(noFolder.stderr).toMatch(/waybill: the server cannot start: .*file.*\n$/);
  });
});

describe('a wrong configuration exits with 2 and one line', () => {
  test.each<[string, readonly string[], Record<string, string>, RegExp]>([
    ['an unknown flag', ['--prot', '1'], secrets, /^waybill: there is no flag --prot: did you mean --port\?\n$/],
    [
      'a wrong value',
      ['--log-level', 'loud'],
      secrets,
      /^waybill: --log-level is "loud": it must be one of debug, info,.*\n$/,
    ],
    [
      'a short secret',
      [],
      { ...secrets, JWT_SECRET: 'short' },
      /^waybill: JWT_SECRET has a wrong value \(not shown\): .* 32 .*\n$/,
    ],
    [
      'no secret',
      [],
      {},
      /^waybill: JWT_SECRET is not set: make one with `openssl rand -hex 32`, or start with --dev\n$/,
    ],
    [
      'no secret of webhooks',
      [],
      { ...secrets, PRODUCT_IMAGES: '' },
      /^waybill: WEBHOOK_SECRET is not set: make one with `openssl rand -hex 32`, or start without .*\n$/,
    ],
    [
      '--dev for others',
      ['--dev', '--host', '0.0.0.0'],
      {},
      /^waybill: --host is "0\.0\.0\.0", and --dev listens .*\n$/,
    ],
    [
      'a database of another sort',
      ['--dev'],
      { DATABASE_URL: 'mysql://u:geheim@db/w' },
      /^waybill: DATABASE_URL begins with "mysql:": it must be sqlite:PATH or postgres:.*\n$/,
    ],
    ['a word too many', ['--dev', 'now'], {}, /^waybill: "now" is one word too many\n$/],
  ])('%s', async (_, flags, env, line) => {
    const { status, stdout, stderr } = await runHere(serve(...flags), env);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(line);
    expect(stderr).not.toMatch(/short:|geheim/);
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });

  test('of the process too', async () => {
    const { status, stdout, stderr } = await run(serve(), { env: { ...secrets, JWT_SECRET: 'short' } });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^waybill: JWT_SECRET has a wrong value \(not shown\): .* 32 .*\n$/);
  });
});
