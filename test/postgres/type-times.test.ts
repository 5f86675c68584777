import { expect, it } from 'vitest';
import { Hand } from '../console/worker.ts';
import { request } from '../contract/user.ts';
import { startTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

it('the statistics of types are the sums of all servers on one PostgreSQL', async () => {
  const { url: DATABASE_URL } = await newDatabase();
  const servers = await Promise.all([startTestServer({ DATABASE_URL }), startTestServer({ DATABASE_URL })]);
  for (const [at, server] of servers.entries()) {
    const hand = new Hand(server, 'mira', `hand-${at}`);
    const id = await hand.submit('report', { maxAttempts: 1 });
    await hand.take('report');
    await hand.report(id, at === 0 ? { type: 'complete', result: null } : { type: 'fail', message: 'no' });
  }
  const headers = { authorization: 'Bearer op' };
  const types = async (): Promise<any> =>
    (await request(`${servers[0]!.url}/api/jobs/stats/types`, 'GET', undefined, headers)).body.data.types;
  await expect.poll(types, { timeout: 20_000 }).toMatchObject([
    { type: 'report', ended: 2, failed: 1, runMs: { p50: expect.any(Number) } },
  ]);
});
