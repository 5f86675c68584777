import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer } from '../server/server.ts';
import { startEmbedded, type EmbeddedServer } from './embedded.ts';

// A server of its own: that of the others must not be stopped.
let database: EmbeddedServer;
beforeAll(async () => {
  database = await startEmbedded();
});
afterAll(() => database.remove());

interface Line {
  readonly level: string;
  readonly message: string;
}

const signals = ['SIGKILL', 'SIGINT'] as const;
const paths = ['/api/v1/jobs', '/api/v1/jobs', '/api/v1/workers/take', '/livez', '/readyz'];

test.each(signals)('a PostgreSQL outage (%s) is logged as one warning', async (signal) => {
  const server = await startTestServer({ DATABASE_URL: database.url });
  const lines = (): readonly Line[] => server.log.map((line) => JSON.parse(line) as Line);
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  let going = true;
  const statuses = new Set<number>();
  const headers = { authorization: 'Bearer mira', 'content-type': 'application/json' };
  const asking = paths.map(async (path, index) => {
    for (const body = JSON.stringify({ type: `t${index}`, data: 1, workerId: 'w', types: ['t0'], limit: 5 }); going; ) {
      const init = index < 3 ? { method: 'POST', headers, body } : { headers };
      const { status } = await fetch(server.url + path, init).then(async (answer) => (await answer.text(), answer));
      statuses.add(status);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  await until(() => statuses.has(201));
  await database.stop(signal);
  await until(() => statuses.has(503));
  // For every loop to run into it several times.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await database.start();
  await until(() => lines().some(({ message }) => message === 'the store works again'));
  statuses.clear();
  await until(() => statuses.has(201));
  going = false;
  await Promise.all(asking);
  const since = lines().slice(lines().findIndex(({ message }) => message === 'listening') + 1);
  // On a machine that has much else to do, jobs wait for a minute, and that is told too.
  const told = since.filter(({ level, message }) =>
    (level !== 'info' || message === 'the store works again') && !message.startsWith('no worker asks for a type'));
  expect(told.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    'warn: the store cannot be reached', 'info: the store works again',
  ]);
});
