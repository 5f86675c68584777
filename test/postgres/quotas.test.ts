import { describe, expect, test } from 'vitest';
import { request } from '../contract/user.ts';
import { quotaRules } from '../server/quota-rules.ts';
import { startTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

describe('what a plan keeps, on PostgreSQL', () => {
  quotaRules(async () => ({ DATABASE_URL: (await newDatabase()).url }));

  test('what one server has stored counts at another at once', async () => {
    const env = { DATABASE_URL: (await newDatabase()).url, QUOTA_JOBS: 'task.unfinished=6' };
    const servers = [await startTestServer(env), await startTestServer(env)];
    const statuses: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const url = `${servers[turn % 2]!.url}/api/v1/jobs`;
      const answer = await request(url, 'POST', { type: 'copy', data: 1 }, { authorization: 'Bearer mira' });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([...Array.from({ length: 6 }, () => 201), ...Array.from({ length: 4 }, () => 403)]);
  });

  test('two servers that are asked at the very same moment keep to a limit together, and to the types of an owner',
    async () => {
      const env = { DATABASE_URL: (await newDatabase()).url, QUOTA_JOBS: 'task.unfinished=30', TYPES_PER_OWNER: '5' };
      const servers = [await startTestServer(env), await startTestServer(env)];
      const submit = async (n: number, user: string, type: string): Promise<string> => {
        const url = `${servers[n % 2]!.url}/api/v1/jobs`;
        const { status, body } = await request(url, 'POST', { type, data: n }, { authorization: `Bearer ${user}` });
        return status === 201 ? 'made' : body.error.code;
      };
      for (let burst = 0; burst < 4; burst++) {
        const answers = await Promise.all([
          ...Array.from({ length: 60 }, (_, n) => submit(n, `mira-${burst}`, 'copy')),
          ...Array.from({ length: 20 }, (_, n) => submit(n, `ada-${burst}`, `type-${burst}-${n >> 1}`)),
        ]);
        const count = (from: number, to: number) => Map.groupBy(answers.slice(from, to), (answer) => answer);
        expect([...count(0, 60)].map(([code, { length }]) => [code, length]).toSorted())
          .toEqual([['made', 30], ['quota_exceeded', 30]]);
        const ofAda = await request(`${servers[0]!.url}/api/v1/jobs?limit=100`, 'GET', undefined, {
          authorization: `Bearer ada-${burst}`,
        });
        const types = ofAda.body.data.jobs.map(({ type }: { type: string }) => type);
        expect(new Set(types).size).toBe(5);
        expect(new Set(answers.slice(60))).toEqual(new Set(['made', 'quota_exceeded']));
      }
    });
});
