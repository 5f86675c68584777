import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test, vi } from 'vitest';
import page from '../../deploy/cloudflare.md?raw';
import { call, migrateD1, must } from './edge.ts';

beforeAll(migrateD1);

/** Rows per task, as the page has them. */
const documented = {
  alone: Number(/\| a task alone \| (\d+) \|/.exec(page)?.[1]),
  webhook: Number(/\| a webhook \| (\d+) \|/.exec(page)?.[1]),
  inHundreds: Number(/\| a task among a hundred \| (\d+) \|/.exec(page)?.[1]),
};

const user = { authorization: 'Bearer cost' };
const worker = { authorization: 'Bearer ops' };

/** Rows written by each statement while `work` runs: indexes count, by the runtime's own count. */
async function written(work: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const cursors: [string, { readonly rowsWritten: number }][] = [];
  let undo = (): void => {};
  await runInDurableObject<object, void>(env.CELL.getByName('1') as object, (_, { storage }) => {
    const prototype = Object.getPrototypeOf(storage.sql);
    const { exec } = prototype;
    prototype.exec = function (query: string, ...values: unknown[]) {
      const cursor = exec.call(this, query, ...values);
      cursors.push([query.trim().replaceAll(/\s+/g, ' ').slice(0, 60), cursor]);
      return cursor;
    };
    undo = () => void (prototype.exec = exec);
  });
  try {
    await work();
  } finally {
    undo();
  }
  const rows = new Map<string, number>();
  for (const [query, { rowsWritten }] of cursors) {
    if (rowsWritten > 0) rows.set(query, (rows.get(query) ?? 0) + rowsWritten);
  }
  return rows;
}

const submit = async (more: object = {}): Promise<void> => {
  must(await call('POST', '/api/v1/jobs', { type: 'counted', data: { a: 1 }, ...more }, user));
};

async function finish(limit: number): Promise<number> {
  const take = { workerId: 'counter', types: ['counted'], limit, leaseMs: 30_000, waitMs: 0 };
  const { tasks } = must(await call('POST', '/api/v1/workers/take', take, worker));
  const reports = tasks.map(({ leaseId }: { leaseId: string }) => ({ leaseId, type: 'complete', result: 1 }));
  must(await call('POST', '/api/v1/workers/report', { workerId: 'counter', reports }, worker));
  return tasks.length;
}

const sum = (rows: ReadonlyMap<string, number>): number => [...rows.values()].reduce((a, b) => a + b, 0);

/** Of so many tasks that are submitted at once, and then taken and reported together. */
async function rowsPerTask(count: number): Promise<number> {
  const rows = await written(async () => {
    await Promise.all(Array.from({ length: count }, () => submit()));
    expect(await finish(count)).toBe(count);
  });
  return sum(rows) / count;
}

test('a task writes as many rows as deploy/cloudflare.md says', async () => {
  await submit();
  await finish(1);
  expect(await rowsPerTask(1)).toBe(documented.alone);
  expect(Math.ceil(await rowsPerTask(100))).toBe(documented.inHundreds);
});

test('a webhook writes as many rows more', async () => {
  const states = async (): Promise<readonly string[]> => {
    const { deliveries } = must(await call('GET', '/api/v1/webhooks/deliveries', undefined, user));
    return deliveries.map(({ state }: { state: string }) => state);
  };
  const send = async (sent: number): Promise<void> => {
    await submit({ webhookUrl: 'http://gpu.test/ok/counted' });
    expect(await finish(1)).toBe(1);
    const all = Array.from({ length: sent }, () => 'delivered');
    await vi.waitFor(async () => expect(await states()).toEqual(all), { timeout: 10_000 });
  };
  // The first one makes the user's secret.
  await send(1);
  const rows = await written(() => send(2));
  expect(sum(rows) - documented.alone).toBe(documented.webhook);
});
