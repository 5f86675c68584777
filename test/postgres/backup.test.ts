import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runHere } from '../cli/program.ts';
import { newUser, request } from '../contract/user.ts';
import { startTestServer } from '../server/server.ts';
import { newDatabase, type TestDatabase } from './database.ts';

/** Why this machine's pg_dump cannot dump that server, or null. */
async function unfit({ run }: TestDatabase): Promise<string | null> {
  const { status, stdout } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  if (status !== 0) return 'pg_dump is not installed';
  const tool = Number(/\d+/.exec(stdout)?.[0]);
  const [{ version } = { version: 0 }] = await run<{ version: number }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS version",
  );
  return tool >= version ? null : `pg_dump ${tool} is older than the server (${version})`;
}

test('a backup of PostgreSQL is a dump with objects and keys, and restored to another one answers the same', async ({
  skip,
}) => {
  const [database, other] = [await newDatabase(), await newDatabase()];
  const folder = mkdtempSync(join(tmpdir(), 'waybill-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { DATABASE_URL: database.url, PATH: process.env['PATH'] ?? '' };
  const server = await startTestServer({ DATABASE_URL: database.url });
  const mira = newUser(server as never, 'mira');
  const { urls: [photo] } = await mira.create(1);
  expect((await request(photo!.url, 'PUT', 'a photo')).status).toBe(200);
  const to = join(folder, 'backup');
  const args = ['backup', to, '--data', server.folder];
  const without = await runHere(args, { ...env, PATH: folder });
  expect([without.status, without.stderr]).toEqual([1, expect.stringMatching(
    /^waybill: pg_dump is not installed here\..*\n +pg_dump --format=custom.*"\$DATABASE_URL"\n +waybill backup DIR/,
  )]);
  expect(await runHere([...args.with(1, join(folder, 'rest')), '--no-database'], env)).toMatchObject({ status: 0 });

  const reason = await unfit(database);
  skip(reason !== null, reason ?? '');
  expect(await runHere(args, env)).toMatchObject({ status: 0 });
  expect(readFileSync(join(to, 'waybill.dump')).subarray(0, 5).toString()).toBe('PGDMP');
  expect(readFileSync(join(to, 'manifest.json'), 'utf8')).toContain('"type": "postgres"');
  const restore = ['restore', to, '--data', join(folder, 'data')];
  expect((await runHere(restore, env)).stderr).toMatch(/is not empty\. With --force/);
  expect((await runHere(restore, {})).stderr).toMatch(/a database of PostgreSQL: set DATABASE_URL/);
  expect(await runHere(restore, { ...env, DATABASE_URL: other.url })).toMatchObject({ status: 0 });
  const again = [...restore.with(3, join(folder, 'again')), '--force'];
  expect(await runHere(again, { ...env, DATABASE_URL: other.url })).toMatchObject({ status: 0 });
  const restored = await startTestServer({ DATABASE_URL: other.url, WAYBILL_DATA: join(folder, 'data') });
  const jobs = await mira.get('/api/jobs');
  expect(jobs.body.data.jobs).toHaveLength(1);
  expect((await newUser(restored as never, 'mira').get('/api/jobs')).body).toEqual(jobs.body);
  writeFileSync(join(to, 'waybill.dump'), 'x');
  expect((await runHere([...restore, '--check'], env)).stderr).toMatch(/waybill\.dump is damaged/);
});
