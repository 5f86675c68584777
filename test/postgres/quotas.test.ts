import { describe, expect, test } from 'vitest';
import { request } from '../contract/user.ts';
import { quotaRules } from '../server/quota-rules.ts';
import { startTestServer } from '../server/server.ts';
import { newDatabase } from './database.ts';

describe('what a plan keeps, on PostgreSQL', () => {
  quotaRules(async () => ({ DATABASE_URL: (await newDatabase()).url }));

  test('what one server has stored counts at another at once', async () => {
    const env = { DATABASE_URL: (await newDatabase()).url, QUOTA_UNFINISHED_TASKS: '6' };
    const servers = [await startTestServer(env), await startTestServer(env)];
    const statuses: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const url = `${servers[turn % 2]!.url}/api/v1/jobs`;
      const answer = await request(url, 'POST', { type: 'copy', data: 1 }, { authorization: 'Bearer mira' });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([...Array.from({ length: 6 }, () => 201), ...Array.from({ length: 4 }, () => 403)]);
  });
});
