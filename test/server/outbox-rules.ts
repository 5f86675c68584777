import { expect, it } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { startTestServer } from './server.ts';

export interface OutboxStore {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a statement on the database of a server's folder; the rows that it answers. */
  run(folder: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** The table of messages that are still to be delivered. */
  readonly outbox: string;
}

/** Webhooks of jobs that are gone by now: the relay looks each of them up. */
const backlogIn = (outbox: string): string => `
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
  INSERT INTO ${outbox} (topic, job_id, owner_id, payload, created_at, due_at)
  SELECT 'webhook', 'gone-' || n, 'crowd', '{"version":1}', 1, 1 FROM numbers`;

/** What a server says to the outside for one owner, whatever it has to say for another. */
export function outboxRules(open: () => Promise<OutboxStore>): void {
  it("tells a task's dependents of its end before 10,000 older messages of another owner are out", async () => {
    const { env, run, outbox } = await open();
    const { url, folder } = await startTestServer(env);
    const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
      request(`${url}/api/v1/jobs${path}`, method, body, { authorization: 'Bearer mira' });
    const submit = async (more = {}): Promise<string> =>
      (await ask('POST', '', { type: 'copy', data: null, ...more })).body.data.id;
    const first = await submit();
    const dependent = await submit({ dependsOn: [first] });
    await run(folder, backlogIn(outbox));
    await ask('DELETE', `/${first}`);
    const status = async (): Promise<string> => (await ask('GET', `/${dependent}`)).body.data.status;
    await expect.poll(status, { interval: 5, timeout: 20_000 }).toBe('canceled');
    const left = async (): Promise<number> =>
      Number((await run(folder, `SELECT count(*) AS count FROM ${outbox}`))[0]?.['count']);
    // Of the oldest first, none but those of one claim would be left.
    expect(await left()).toBeGreaterThan(1_000);
  }, 60_000);
}
