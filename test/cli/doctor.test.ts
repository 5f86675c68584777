import Database from 'better-sqlite3';
import { chmodSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkNode, weakness } from '../../src/main/commands/doctor/configuration.ts';
import { checkClock } from '../../src/main/commands/doctor/servers.ts';
import { s3FromEnvironment } from '../objects/s3-environment.ts';
import { makeFolder, run, runHere } from './program.ts';
import { startTestServer } from './server.ts';

interface Report {
  readonly status: number | null;
  readonly findings: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, string>>;
}

let folder: ReturnType<typeof makeFolder>;
let data: string;
beforeEach(() => {
  folder = makeFolder();
  data = join(folder.path, 'data');
});
afterEach(() => folder.remove());

/** What was found, by part; of several findings on one part the last one. */
async function doctor(args: readonly string[], env: Record<string, string> = {}): Promise<Report> {
  const { status, stdout } = await runHere(['doctor', '--json', '--data', data, ...args], env);
  const { findings } = JSON.parse(stdout) as { findings: { part: string; status: string; message: string }[] };
  return {
    status,
    findings: Object.fromEntries(findings.map(({ part, status: found }) => [part, found])),
    messages: Object.fromEntries(findings.map(({ part, message }) => [part, message])),
  };
}

const good = 'f0a8c1d35b7e92460cd1f3b58a79e2464b8d0f1c';
const other = '9b2e7c41d6058fa3e17c94b20d5a6f8830c4e1b7';
const third = 'c41d6058fa3e1fa3e17c94b20d5a6f8830c4e1b7';

describe('on a machine where a server can start', () => {
  test('finds everything well, has put an object up and down by URL, and leaves nothing behind', async () => {
    const { status, findings, messages } = await doctor(['--dev', '--port', '0']);
    expect(findings).toEqual({
      node: 'ok',
      configuration: 'ok',
      secrets: 'ok',
      metrics: 'ok',
      data: 'ok',
      disk: 'ok',
      store: 'ok',
      objects: 'ok',
      imaging: 'ok',
      port: 'ok',
    });
    expect(messages['objects']).toMatch(/^filesystem: up- and downloaded by URL in \d+ ms$/);
    expect(status).toBe(0);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('warns of a data folder that others can write', async () => {
    mkdirSync(data);
    chmodSync(data, 0o777);
    const { findings, messages } = await doctor(['--dev', '--port', '0']);
    expect([findings['data'], messages['data']]).toEqual(['warn', expect.stringContaining('by other users')]);
  });

  test('warns of a log that another program was to write back, and that is long', async () => {
    await runHere(['migrate', '--data', data], {});
    writeFileSync(join(data, 'waybill.sqlite-wal'), '');
    truncateSync(join(data, 'waybill.sqlite-wal'), 300 * 1024 ** 2);
    const { findings, messages } = await doctor(['--dev', '--port', '0'], { SQLITE_CHECKPOINTS: 'external' });
    expect([findings['store'], messages['store']]).toEqual(['warn', expect.stringMatching(/-wal has 300 MiB: nobody/)]);
  });

  test('leaves a data folder that is there as it was', async () => {
    await runHere(['migrate', '--data', data], {});
    // SQLite itself makes and removes the two files beside it.
    const files = (): string[] => readdirSync(data).filter((name) => !/-(wal|shm)$/.test(name));
    const before = files();
    const { messages } = await doctor(['--dev', '--port', '0']);
    expect(messages['store']).toMatch(/opens, up to date$/);
    expect(messages['data']).toMatch(/can be written$/);
    expect(files()).toEqual(before);
  });

  test('prints a line on each part for people', async () => {
    const { stdout } = await run(['doctor', '--dev', '--port', '0', '--data', data]);
    expect(stdout).toMatch(/^ok {4}node {11}\d+\.\d+\.\d+\nok {4}configuration  development mode; set: /);
    expect(stdout).toMatch(/\nNo check failed, 0 warnings\.\n$/);
  });
});

describe('the configuration', () => {
  test('is reported option by option when it is wrong', async () => {
    const { status, findings } = await doctor(['--port', '0']);
    expect([status, findings['configuration']]).toEqual([1, 'fail']);
    const { stdout } = await runHere(['doctor', '--data', data], {});
    expect(stdout).toMatch(/fail {2}configuration {2}JWT_SECRET is not set/);
    expect(stdout).toMatch(/fail {2}configuration {2}GPU_CALLBACK_SECRET is not set/);
    expect(stdout).toMatch(/fail {2}configuration {2}WEBHOOK_SECRET is not set/);
  });

  test('with good secrets is ok', async () => {
    const { status, findings } = await doctor(['--port', '0'], {
      JWT_SECRET: good, GPU_CALLBACK_SECRET: other, WEBHOOK_SECRET: third,
    });
    expect([status, findings['configuration'], findings['secrets']]).toEqual([0, 'ok', 'ok']);
  });

  test('with weak secrets is warned about, without showing them', async () => {
    const env = { JWT_SECRET: 'the-password-of-my-shop-since-2024', GPU_CALLBACK_SECRET: 'aabbccaacbbcaabcab' };
    const { stdout } = await runHere(['doctor', '--port', '0', '--data', data], env);
    expect(stdout).toMatch(/warn {2}secrets {8}JWT_SECRET contains a word that attackers try first/);
    expect(stdout).toMatch(/warn {2}secrets {8}GPU_CALLBACK_SECRET has only 3 different characters/);
    expect(stdout).not.toMatch(/my-shop|aabb/);
    expect((await doctor(['--port', '0'], { JWT_SECRET: good, GPU_CALLBACK_SECRET: good })).messages['secrets']).toBe(
      'one secret is used for two things',
    );
  });

  test('says who may read the metrics, and what is wrong with where spans are to go', async () => {
    const { messages } = await doctor(['--port', '0'], {
      JWT_SECRET: good, GPU_CALLBACK_SECRET: other, WEBHOOK_SECRET: third, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
    });
    expect(messages['metrics']).toMatch(/^for this machine alone; METRICS_TOKEN or METRICS_PORT lets others/);
    expect(messages['tracing']).toMatch(/^Nothing is traced: OTEL_EXPORTER_OTLP_ENDPOINT is "collector", and must be/);
  });

  test.each([
    ['my-password-is-very-long-indeed', 'contains a word that attackers try first'],
    ['abababababababababab', 'has only 2 different characters'],
    ['0a1b2c3d4e5f0a1b2c3d4e5f', 'consists of two equal halves'],
    [good, null],
  ])('%s is called what it is', (secret, problem) => expect(weakness(secret)).toBe(problem));
});

describe('doctor fails for', () => {
  test('a data folder that is a file', async () => {
    writeFileSync(data, '');
    expect((await doctor(['--dev', '--port', '0'])).findings).toMatchObject({ data: 'fail' });
  });

  test('a file that is no database', async () => {
    mkdirSync(data);
    writeFileSync(join(data, 'waybill.sqlite'), 'words, and more of them, for a whole header of a file'.repeat(100));
    expect((await doctor(['--dev', '--port', '0'])).findings).toMatchObject({ store: 'fail' });
  });

  test('a database of a newer Waybill', async () => {
    await runHere(['migrate', '--data', data], {});
    const db = new Database(join(data, 'waybill.sqlite'));
    db.exec("INSERT INTO schema_migrations VALUES (999, 'later', 0)");
    db.close();
    const { findings, messages } = await doctor(['--dev', '--port', '0']);
    expect([findings['store'], messages['store']]).toEqual([
      'fail',
      expect.stringContaining('newer Waybill (migration 999)'),
    ]);
    expect((await runHere(['migrate', '--data', data], {})).status).toBe(1);
  });

  test('a port that another program has', async () => {
    const busy = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => busy.once('listening', resolve));
    const { port } = busy.address() as AddressInfo;
    const { findings, messages } = await doctor(['--dev', '--port', String(port)]);
    busy.close();
    expect([findings['port'], messages['port']]).toEqual(['fail', `another program listens on 127.0.0.1:${port}`]);
  });

  test('a bucket that cannot be reached, without showing its keys', async () => {
    const bucket = { OBJECTS: 's3', S3_ENDPOINT: 'http://127.0.0.1:1', S3_BUCKET: 'photos', S3_ACCESS_KEY_ID: 'AKID' };
    const { stdout } = await run(['doctor', '--dev', '--port', '0', '--data', data], {
      env: { ...bucket, S3_SECRET_ACCESS_KEY: 'geheim-geheim' },
    });
    expect(stdout).toMatch(/fail {2}objects {8}s3: /);
    expect(stdout).not.toContain('geheim');
  });

  test('a Node that is too old', () => {
    expect(checkNode('22.17.0', true).status).toBe('fail');
    expect(checkNode('22.17.0', false).status).toBe('ok');
    expect(checkNode('20.19.0', false)).toMatchObject({ status: 'fail', advice: 'Use Node 22 or newer.' });
    expect(checkNode('24.21.0', true).status).toBe('ok');
  });
});

test('a real bucket has a photo’s worth of bytes put up and down by URL', async (ctx) => {
  const { missing, settings } = s3FromEnvironment();
  ctx.skip(missing.length > 0, `no S3: ${missing.join(', ')} not set`);
  const env = {
    OBJECTS: 's3',
    S3_ENDPOINT: settings.endpoint,
    S3_REGION: settings.region,
    S3_BUCKET: settings.bucket,
    S3_ACCESS_KEY_ID: settings.accessKeyId,
    S3_SECRET_ACCESS_KEY: settings.secretAccessKey,
    S3_FORCE_PATH_STYLE: String(settings.forcePathStyle),
  };
  const { status, findings, messages } = await doctor(['--dev', '--port', '0'], env);
  expect([status, findings['objects']]).toEqual([0, 'ok']);
  expect(messages['objects']).toMatch(/^s3: bucket \S+ at http\S+, up- and downloaded by URL in \d+ ms$/);
  const wrong = await doctor(['--dev', '--port', '0'], { ...env, S3_SECRET_ACCESS_KEY: 'another-secret' });
  expect([wrong.status, wrong.findings['objects']]).toEqual([1, 'fail']);
});

describe('a running server', () => {
  test('is recognised on its port, and is looked at with the token', async () => {
    const server = await startTestServer();
    try {
      const { port } = new URL(server.url);
      const { status, messages } = await doctor(['--dev', '--port', port, '--server', server.url, '--token', 'mira']);
      expect(status).toBe(0);
      expect(messages['port']).toMatch(new RegExp(`^Waybill \\S+ listens on 127\\.0\\.0\\.1:${port}$`));
      expect(messages).toMatchObject({ clock: "the same as the server's", token: 'good: user mira, plan free' });
      expect(messages['server']).toMatch(/is healthy: Waybill \S+, store sqlite, objects filesystem, disk$/);
      const wrong = await doctor(['--dev', '--port', '0'], { WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'a/b' });
      expect([wrong.status, wrong.findings['token']]).toEqual([1, 'fail']);
    } finally {
      await server.close();
    }
  });

  test('that is not there is a failure', async () => {
    const { status, findings } = await doctor(['--dev', '--port', '0', '--server', 'http://127.0.0.1:1']);
    expect([status, findings['server']]).toEqual([1, 'fail']);
  });

  test.each([
    [0, 'ok'],
    [-4_000, 'ok'],
    [6_000, 'warn'],
    [-20_000, 'warn'],
    [120_000, 'fail'],
  ])('whose clock is %d ms off is %s', (off, status) => {
    const now = Date.parse('2026-11-22T10:00:00.500Z');
    expect(checkClock(new Date(now + off).toUTCString(), now).status).toBe(status);
  });
});
