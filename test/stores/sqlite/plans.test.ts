import { beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { Bookkeeper } from '../../../src/testing/store-suite/bookkeeper.ts';
import { openLimited } from './limited-driver.ts';

const now = Date.UTC(2026, 10, 22);

/** Tables that grow with the jobs. */
const large =
  'jobs|job_items|domain_events|accounts|reservations|ledger|idempotency_keys|outbox_events|queue_messages|jobs_log';

/** Calls everything that is called while a server runs, so that each statement is seen. */
async function useEverything(driver: ReturnType<typeof openLimited>): Promise<void> {
  const store = createSqliteStore(driver);
  const book = new Bookkeeper(now);
  const owner = book.account('user-1', 'pro', 10);
  const key = { scope: 'user-1:submit', key: 'k' };
  const [ended, open] = [book.submit(owner, 1, key), book.submit(owner, 1)];
  book.finish(ended);
  book.confirm(open);
  book.execute(open);
  await store.commit(book.take());
  await store.load({ jobs: [ended], accounts: [owner], reservations: [ended], rules: ['r'], idempotency: [key] });
  for (const ownerId of [owner, null]) {
    for (const filter of [{}, { state: 'done' }, { phase: 'waiting' }, { kind: 'image-set' }] as const) {
      await store.jobs.list({ ownerId, limit: 50, ...filter });
    }
  }
  await store.jobs.get(ended);
  await store.jobs.events(ended, { after: 0, limit: 10 });
  await store.jobs.overdue(now, 10);
  await store.jobs.counts();
  await store.jobs.history(ended);
  await store.accounts.ledger(owner, { after: 0, limit: 10 });
  const claimed = await store.outbox.claim({ now, leaseMs: 1, limit: 10 });
  await store.outbox.retry(claimed[0]?.id ?? 0, now, 'e');
  await store.outbox.done(claimed.map(({ id }) => id));
  await store.outbox.nextDueAt();
  await store.queue.put('q', [{ messageId: 'm', jobId: ended, availableAt: now }]);
  const { messages } = await store.queue.pull('q', { now, limit: 1, leaseMs: 1, maxDeliveries: 3 });
  for (const message of messages) await store.queue.extend('q', message, now + 1);
  await store.queue.acknowledge('q', messages);
  await store.queue.depth('q', now);
  await store.retention.forgetIdempotency(now, 10);
  await store.retention.forgetMessages(now, 10);
}

describe('statements', () => {
  const driver = openLimited();
  const plans = new Map<string, string>();

  beforeAll(async () => {
    migrate(driver, readMigrations());
    await useEverything(driver);
    for (const sql of [...driver.seen].filter((one) => /^\s*(SELECT|UPDATE|DELETE|INSERT)/.test(one))) {
      const params = Array.from({ length: sql.split('?').length - 1 }, () => '[]');
      const steps = driver.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params);
      plans.set(sql, steps.map(({ detail }) => detail).join('\n'));
    }
  });

  it('find their rows by an index, however many there are', () => {
    expect(plans.size).toBeGreaterThan(30);
    const scans = [...plans].filter(([, plan]) => new RegExp(`\\bSCAN (${large})\\b`).test(plan));
    expect(scans).toEqual([]);
  });

  it('read them in order, and sort none', () => {
    // The items of one job are few.
    const sorts = [...plans].filter(([sql, plan]) => /TEMP B-TREE/.test(plan) && !/FROM job_items_log/.test(sql));
    expect(sorts).toEqual([]);
  });
});
