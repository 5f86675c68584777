import { expect, it } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { makeFolder, runHere } from '../cli/program.ts';
import { startTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

const account = { userId: 'root', password: 'correct horse battery' };

it('writes are 503 while PostgreSQL is read-only, and everything else goes on', async () => {
  const database = await newDatabase();
  const name = new URL(database.url).pathname.slice(1);
  /** For new sessions; those that are there are ended. */
  const takeWrites = async (yes: boolean): Promise<void> => {
    await database.run(
      `BEGIN READ WRITE; ALTER DATABASE ${name} SET default_transaction_read_only = ${yes ? 'off' : 'on'}; COMMIT`,
    );
    await database.run(
      // On a busy machine they take a while to end: until then they would be used.
      'SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
      [name],
    );
  };
  const server = await startTestServer({ DATABASE_URL: database.url });
  const at = (path: string): string => server.url + path;
  const user = { authorization: 'Bearer mira' };
  const submit = (): Promise<Answer> => request(at('/api/v1/jobs'), 'POST', { type: 'copy', data: 1 }, user);
  const told = (text: string): number => server.log.filter((line) => line.includes(text)).length;
  expect((await request(at('/api/v1/setup'), 'POST', account)).status).toBe(201);
  const first = await submit();

  await takeWrites(false);
  const refused = await untilStatus(submit, 503, ({ body }) => body.error.details?.reason === 'read_only');
  expect(refused.body.error).toMatchObject({ code: 'unavailable', details: { reason: 'read_only' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  for (let count = 0; count < 5; count++) expect((await submit()).status).toBe(503);
  expect((await request(at(`/api/v1/jobs/${first.body.data.id}`), 'GET', undefined, user)).status).toBe(200);
  const login = await request(at('/api/v1/auth/login'), 'POST', account);
  expect(login.status).toBe(200);
  const asRoot = { authorization: `Bearer ${login.body.data.token}` };
  const me = await request(at('/api/v1/auth/me'), 'GET', undefined, asRoot);
  expect(me.status, server.log.filter((line) => line.includes('"level":"error"')).join('')).toBe(200);
  // Looked at once a second.
  await untilStatus(() => request(at('/readyz'), 'GET'), 200);
  const health = (): Promise<Answer> => request(at('/api/health'), 'GET');
  const isTold = (answer: Answer): boolean => answer.body.error?.details.parts.store.reason === 'read_only';
  await untilStatus(health, 503, isTold);
  // Looked at by a loop of its own.
  await expect.poll(() => told('the store takes no writes'), { timeout: 10_000 }).toBe(1);
  const folder = makeFolder();
  const doctor = await runHere(
    ['doctor', '--dev', '--port', '0', '--data', folder.path], { DATABASE_URL: database.url },
  );
  folder.remove();
  expect(doctor.stdout).toMatch(/fail {2}store .*takes no writes/);

  await takeWrites(true);
  expect((await untilStatus(submit, 201)).status).toBe(201);
  await untilStatus(health, 200);
  expect(told('the store works again')).toBeGreaterThanOrEqual(1);
  expect(server.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

/** Connections that are ended while a request is on its way make that one fail. */
async function untilStatus(
  ask: () => Promise<Answer>,
  status: number,
  isSo: (answer: Answer) => boolean = () => true,
): Promise<Answer> {
  for (const giveUpAt = Date.now() + 15_000; Date.now() < giveUpAt; ) {
    const answer = await ask();
    if (answer.status === status && isSo(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it was never answered ${status}`);
}
