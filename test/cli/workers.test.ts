import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorker } from '../../src/kinds/task/worker/index.ts';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const silent = (): void => {};
const logger = { debug: silent, info: silent, warn: silent, error: silent };

describe('worker list', () => {
  test('shows each worker with its tasks and since when, until it has stopped', async () => {
    const none = await server.as('ops', ['worker', 'list']);
    expect(none.status).toBe(0);
    expect(none.stdout).toMatch(/^ID +STATE +PROVIDER +JOB +CREATED +RESOURCE\n$/);
    const { id } = await server.client('mira').submitTask({ body: { type: 'resize' } });
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const workers = ['one', 'two'].map((workerId) =>
      createWorker({
        server: server.url, token: 'ops', workerId, signals: false, logger, concurrency: 1,
        handlers: {
          [workerId === 'one' ? 'resize' : 'export']: () => {
            begun.resolve();
            return end.promise;
          },
        },
      }),
    );
    await begun.promise;
    const list = (...flags: string[]) => server.as('ops', ['worker', 'list', ...flags]);
    await expect.poll(async () => (await list()).stdout, { timeout: 10_000 }).toMatch(/\none .*\ntwo /);
    const { stdout, stderr } = await list();
    expect(stdout).toMatch(/\none +resize +1 +20\S+Z +20\S+Z\ntwo +export +0 +20\S+Z +20\S+Z\n$/);
    expect(stderr).toBe('');
    const shown = JSON.parse((await list('--json')).stdout);
    expect(shown).toMatchObject({
      workers: [{ id: 'one', types: ['resize'], holds: { count: 1, jobs: [{ id, type: 'resize' }] } }, { id: 'two' }],
      complete: true,
      nextCursor: null,
    });
    const first = await list('--limit', '1');
    expect(first.stdout).toMatch(/\none .*\n$/);
    expect(first.stderr).toMatch(/There are more/);
    end.resolve();
    await Promise.all(workers.map((worker) => worker.stop()));
    await expect.poll(async () => (await list()).stdout, { timeout: 10_000 }).toBe(none.stdout);
  });

  test('is for operators, and takes a limit from 1 on', async () => {
    const made = await server.as('mira', ['token', 'create', '--name', 'x', '--roles', 'user', '--json']);
    const refused = await server.as(JSON.parse(made.stdout).key, ['worker', 'list']);
    const more = `  More: ${server.url}/docs/errors/forbidden`;
    expect([refused.status, refused.stderr]).toEqual([77, `waybill: This needs the role operator.\n${more}\n`]);
    expect((await server.as('ops', ['worker', 'list', '--limit', '0'])).status).toBe(2);
  });
});
