import { expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, start } from '../cli/program.ts';
import { newDatabase } from './database.ts';

const within = { timeout: 45_000, interval: 20 };

test('there is one task of each request, though the server that makes them is killed again and again', async () => {
  const database = await newDatabase();
  const folder = makeFolder();
  onTestFinished(() => folder.remove());
  const serve = async () => {
    const server = start(['serve', '--dev', '--port', '0', '--data', folder.path], {
      env: { DATABASE_URL: database.url },
    });
    onTestFinished(() => void server.process.kill('SIGKILL'));
    await server.says(/^Waybill listens on/);
    return server;
  };
  const made = async (): Promise<number> => {
    const [row] = await database.run<{ n: string }>("SELECT count(*) AS n FROM jobs WHERE type = 'many'");
    return Number(row?.n);
  };
  let server = await serve();
  await database.run(`
    INSERT INTO job_requests (owner_id, body)
    SELECT 'owner-' || n % 3, json_build_object('type', 'many', 'data', n) FROM generate_series(1, 3000) AS n`);
  for (const enough of [300, 1_000]) {
    await vi.waitFor(async () => expect(await made()).toBeGreaterThan(enough), within);
    server.process.kill('SIGKILL');
    await server.ended;
    expect(await made()).toBeLessThan(3_000);
    server = await serve();
  }
  await vi.waitFor(async () => {
    expect(await database.run('SELECT 1 FROM job_requests LIMIT 1')).toEqual([]);
  }, within);
  const [all] = await database.run(`
    SELECT count(*)::int AS jobs, count(DISTINCT input)::int AS inputs, count(DISTINCT owner_id)::int AS owners
    FROM jobs WHERE type = 'many'`);
  expect(all).toEqual({ jobs: 3_000, inputs: 3_000, owners: 3 });
});
