import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { startTestServer } from '../server/server.ts';
import { makeFolder, runHere } from '../cli/program.ts';
import { startEmbedded, type EmbeddedServer } from './embedded.ts';

const account = { userId: 'root', password: 'correct horse battery' };
const user = { authorization: 'Bearer mira' };

/** Where the database has its tables; null where this user may not mount a file system. */
let disk: string | null = null;
let server: EmbeddedServer | null = null;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tables-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]);
  if (process.platform !== 'linux' || mounted.status !== 0) {
    rmSync(folder, { recursive: true });
    return;
  }
  disk = folder;
  server = await startEmbedded(['fsync=off']);
});
afterAll(async () => {
  await server?.remove();
  if (disk === null) return;
  execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

test('writes are 503 while PostgreSQL has no disk space, and work once it has', async (context) => {
  if (disk === null || server === null) return context.skip('this user may not mount a small file system');
  const ballast = join(disk, 'ballast');
  const url = await databaseOn(server.url, disk);
  const waybill = await startTestServer({ DATABASE_URL: url });
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    request(waybill.url + path, method, body, user);
  const submit = (): Promise<Answer> => ask('POST', '/api/v1/jobs', { type: 'copy', data: 'x'.repeat(50_000) });
  const health = (): Promise<Answer> => ask('GET', '/api/health');
  const told = (text: string): number => waybill.log.filter((line) => line.includes(text)).length;
  expect((await ask('POST', '/api/v1/setup', account)).status).toBe(201);
  const first = await submit();
  expect(first.status).toBe(201);

  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, new Uint8Array(bavail * bsize));
  const refused = await until(submit, ({ status }) => status !== 201);
  expect([refused.status, refused.body.error.code]).toEqual([503, 'unavailable']);
  expect(refused.body.error.details).toMatchObject({ reason: 'disk_full' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  const sick = await until(async () => (await submit(), await health()), ({ status }) => status !== 200);
  expect([sick.status, sick.body.data?.parts?.store ?? sick.body.error?.details?.parts?.store]).toMatchObject([
    503, { status: 'unavailable', reason: 'disk_full' },
  ]);
  const folder = makeFolder();
  const { stdout } = await runHere(['doctor', '--dev', '--port', '0', '--data', folder.path], { DATABASE_URL: url });
  folder.remove();
  expect(stdout).toMatch(/fail {2}store .*No space left on device/);
  expect((await ask('GET', `/api/v1/jobs/${first.body.data.id}`)).status).toBe(200);
  const login = await request(`${waybill.url}/api/v1/auth/login`, 'POST', account);
  if (login.status !== 200) {
    expect([login.status, login.body.error.code]).toEqual([503, 'unavailable']);
    expect(login.headers.get('retry-after')).toMatch(/^\d+$/);
  }

  unlinkSync(ballast);
  expect((await until(submit, ({ status }) => status === 201)).status).toBe(201);
  await until(health, ({ status }) => status === 200);
  expect((await request(`${waybill.url}/api/v1/auth/login`, 'POST', account)).status).toBe(200);
  expect(told('"level":"error"')).toBe(0);
}, 60_000);

/** An empty database with its tables in a folder of `disk`. */
async function databaseOn(admin: string, folder: string): Promise<string> {
  const tables = join(folder, 'tables');
  mkdirSync(tables, { mode: 0o700 });
  // To whoever the server runs as.
  execFileSync('chown', ['nobody', folder, tables]);
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: admin });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE TABLESPACE small LOCATION '${tables}'`);
  await run("CREATE DATABASE small TEMPLATE template0 ENCODING 'UTF8' TABLESPACE small");
  const url = new URL(admin);
  url.pathname = '/small';
  return url.href;
}

async function until(asked: () => Promise<Answer>, isSo: (answer: Answer) => boolean): Promise<Answer> {
  for (const giveUpAt = Date.now() + 20_000; Date.now() < giveUpAt; ) {
    const answer = await asked();
    if (isSo(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come to that');
}
