import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { Waybill } from '../../src/main/embedded/index.ts';
import { blocksOf } from '../embedded/guide.ts';
import { newFolder } from '../embedded/opened.ts';
import { newDatabase, type TestDatabase } from './database.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [jobs = '', pg = '', drizzle = '', kysely = '', prisma = ''] = blocksOf('ts').slice(6);
const [insert = '', grant = ''] = blocksOf('sql');

let database: TestDatabase;
beforeAll(async () => {
  database = await newDatabase();
  await database.run('CREATE TABLE orders (photo TEXT NOT NULL)');
});

const programs = { 'node-postgres': pg, Drizzle: drizzle, Kysely: kysely, Prisma: prisma };

test.each(Object.entries(programs))('the guide’s program for %s stores a task with its order', async (_, program) => {
  const folder = newFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'generated/prisma'), { recursive: true });
  // As `prisma generate` would write it.
  writeFileSync(join(folder, 'generated/prisma/client.ts'), `
    export { PrismaClient } from ${JSON.stringify(join(root, 'test/postgres/prisma-client.ts'))};`);
  const built = (text: string): string =>
    text.replaceAll("from 'waybill'", `from ${JSON.stringify(join(root, 'src/main/embedded/index.ts'))}`);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'jobs.ts'), built(jobs));
  // Whoever follows the guide ends it by hand.
  writeFileSync(join(folder, 'program.ts'), `${program}\nprocess.exit();`);
  const env = { ...process.env, DATABASE_URL: database.url };
  const { stdout } = await promisify(execFile)(process.execPath, ['program.ts'], { cwd: folder, env });
  expect(stdout).toBe("{ url: 'https://files.example/sea.jpg' }\n");
  expect(await database.run('DELETE FROM orders RETURNING photo')).toEqual([{ photo: 'sea.jpg' }]);
});

test('the guide’s statements store a task by hand, and give a role the right to', async () => {
  const waybill = await Waybill.open({ dataDir: newFolder(), databaseUrl: database.url, logger: 'silent' });
  const [row] = await database.run<{ id: string }>(insert);
  await expect.poll(async () => (await waybill.call('getTask', { params: { id: row!.id } })).ok).toBe(true);
  expect(await waybill.getTask({ params: { id: row!.id } })).toMatchObject({ ownerId: 'mira', type: 'publish' });
  const role = `shop_${process.pid}`;
  await database.run(`CREATE ROLE ${role}`);
  await database.run(grant.replace('shop', role));
  const [may] = await database.run<{ may: boolean }>(
    `SELECT has_column_privilege('${role}', 'job_requests', 'body', 'INSERT') AS may`,
  );
  expect(may).toEqual({ may: true });
  await database.run(`REVOKE ALL (id, owner_id, body) ON job_requests FROM ${role}`);
  await database.run(`DROP ROLE ${role}`);
  await waybill.close();
});
