import { beforeAll, describe, expect, it } from 'vitest';
import { auditTable } from '../../../src/application/audit/note.ts';
import { scheduleTable } from '../../../src/ports/store/schedule-store.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { ruleTable } from '../../../src/kinds/image-set/application/rule.ts';
import { counters } from '../../../src/ports/store/counters.ts';
import { maxChunkBytes } from '../../../src/ports/store/log-chunks.ts';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { Bookkeeper } from '../../../src/testing/store-suite/bookkeeper.ts';
import { anyJob, insert, scopesOf, t0 } from '../../../src/testing/store-suite/context.ts';
import { claimed, limit, submitted, ErrandBook, written } from '../../../src/testing/store-suite/errands.ts';
import { openLimited } from './limited-driver.ts';

const now = Date.UTC(2026, 10, 22);

/** Tables that grow with the jobs, or with what is done to them. */
const large =
  'job_rows|job_labels|job_items|event_batches|earlier_event_batches|accounts|account_days|' +
  'audit_entries|reservations|ledger|idempotency_keys|outbox_rows|' +
  'queue_messages|job_history|job_logs|log_chunks|log_files|log_objects|attempts|ended_sessions|api_keys|' +
  'schedules|webhook_deliveries|webhook_attempts|webhook_disabled|webhook_secrets|work_starts|work_fronts';

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
  const labeled = anyJob({ labels: { sku: 'A-17' }, state: 'completed', phase: 'succeeded', endedAt: t0 });
  await insert(store, labeled);
  await store.retention.removeJobs([labeled.id]);
  const records = [{ table: ruleTable, key: ['r'] }, { table: counters, key: ['k', 's', ''] }];
  await store.load({ jobs: [ended], accounts: [owner], reservations: [ended], records, idempotency: [key] });
  await store.records.list(ruleTable, { where: { accountId: owner }, orderBy: ['createdAt', 'id'], limit: 10 });
  for (const ownerId of [owner, null]) {
    const scopes = scopesOf(ownerId);
    const labels = { sku: 'A-17' };
    const filters = [
      {}, { state: 'done' }, { phase: 'waiting' }, { type: '' }, { labels }, { labels: { ...labels, theme: 'snow' } },
      { labels, state: 'done' }, { parentId: ended }, { parentId: ended, labels, type: '' },
    ] as const;
    for (const filter of filters) {
      await store.jobs.list({ scopes, limit: 50, ...filter, createdFrom: 0, createdBefore: now + 1, offset: 0 });
      await store.jobs.count({ scopes, limit: 10_001, ...filter });
    }
  }
  await store.jobs.get(ended);
  await store.jobs.events(ended, { after: 0, limit: 10 });
  await store.jobs.typesOf(owner, 'errand', 10);
  await store.jobs.overdue(now, 10);
  await store.jobs.counts();
  await store.feed?.read(await store.feed.end(), { limit: 10, maxBytes: 1_048_576 });
  await store.jobs.history(ended);
  await store.accounts.ledger(owner, { after: 0, limit: 10 });
  await store.accounts.ledger(owner, { after: 0, limit: 10, newestFirst: true });
  await store.accounts.days(owner, { from: 0, to: 29 });
  await store.accounts.list({ after: null, prefix: 'user', limit: 10 });
  await store.jobs.kinds([ended]);
  const range = { from: '0', before: '1' };
  for (const where of [{}, { actor: 'a' }, { action: 'a' }, { target: 'a' }]) {
    await store.records.list(auditTable, { where, orderBy: ['id'], descending: true, range, limit: 10 });
  }
  await store.retention.purgeRecords(auditTable, '0', 10);
  // More is due than that takes.
  await store.outbox.claim({ now, leaseMs: 0, limit: 1 });
  const claimed = await store.outbox.claim({ now, leaseMs: 1, limit: 10 });
  await store.outbox.retry(claimed[0]?.id ?? 0, now, 'e');
  await store.outbox.done(claimed.map(({ id }) => id));
  await store.queue.put('q', [{ messageId: 'm', jobId: ended, availableAt: now }]);
  const { messages } = await store.queue.pull('q', { now, limit: 1, leaseMs: 1, maxDeliveries: 3 });
  for (const message of messages) await store.queue.extend('q', message, { now, leaseMs: 1 });
  await store.queue.acknowledge('q', messages);
  await store.queue.depth('q', now);
  await store.queue.readySince('q', now);
  await store.measures.workersByType(now);
  await store.measures.credits();
  await store.measures.outboxOldestAt();
  await store.retention.purgeIdempotency(now, 10);
  await store.retention.purgeMessages(now, 10);
  await usePeopleAndWebhooks(store);
  await useWork(store);
}

async function useWork(store: Store): Promise<void> {
  const book = new ErrandBook();
  const rate = { count: 2, windowMs: 1_000 };
  const every = async (): Promise<void> => {
    for (const how of [{}, { concurrencyKey: 'k', dedupeKey: 'd' }, { runAt: t0 + 5 }]) {
      await submitted(store, book, 12, how);
    }
    await store.work.admit(t0);
    await claimed(store, book);
    await store.work.admit(t0 + 5);
  };
  await every();
  await submitted(store, book, 3);
  await store.measures.readySince([{ kind: 'errand', type: 'import' }]);
  for (const limits of [{ maxRunning: 5, rate, ratePerKey: rate, maxRunningPerKey: 3 }, { maxRunning: 1 }, {}]) {
    await limit(store, limits);
    await every();
  }
  const running = [...book.jobs.values()].find(({ lease }) => lease !== null)?.id ?? '';
  await store.work.renew([{ jobId: running, token: 2 }], { now: t0, leaseMs: 1 });
  await store.work.lapsed(t0, 10);
  await store.work.counts();
  await store.workers.note([{ id: 'w', types: ['import'] }], t0);
  await store.workers.list({ limit: 10, now: t0 });
  await store.workers.held(['w'], t0);
  await store.workers.forget(['w']);
  book.command(running, { type: 'cancel' });
  await written(store, book);
  book.complete(running);
  await written(store, book);
  await store.retention.purgeJobs('errand', t0 + 1, 10);
  await store.retention.removeJobs([running]);
}

async function usePeopleAndWebhooks(store: Store): Promise<void> {
  const { users, attempts, tokens, schedules, webhooks, logs } = store;
  await users.find('ada');
  await users.list(null, 10);
  await users.findByEmail('ada@example.org');
  await users.standing('ada', 'session');
  await users.endSession('session', { now, expiresAt: now });
  await users.addNetwork('ada', 'network', { now, most: 1 });
  await users.knowsNetwork('ada', 'network', now);
  await attempts.count(['ada'], { now, windowMs: 1 });
  await attempts.settle({ clear: ['ada'], release: ['::1'] });
  const token = {
    id: 'key', hash: 'h', userId: 'ada', roles: [], name: 'n', madeWith: [], createdAt: now, expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  };
  await tokens.insert(token, { now, maxLive: 1, keepDead: 0 });
  await tokens.findByHash('h', now);
  await tokens.isLive('key', now);
  for (const live of [true, false]) {
    await tokens.list({ userId: 'ada', live, now, before: null, limit: 10 });
  }
  await tokens.revoke('key', null, now);
  await tokens.revokeAll('ada', now);
  for (const ownerId of ['user-1', null]) {
    await schedules.list({ ownerId, after: null, limit: 10 });
    for (const jobId of [{}, { jobId: 'job' }]) await webhooks.list({ ownerId, ...jobId, state: 'failed', limit: 10 });
  }
  await schedules.due(now, { exceptKinds: ['errand'], limit: 10 });
  await schedules.nextDueAt(['errand']);
  const enabled = { ownerId: 'user-1', enabled: true };
  await store.records.list(scheduleTable, { where: enabled, orderBy: ['name', 'id'], limit: 10 });
  await webhooks.put([{
    id: 'delivery', jobId: 'job', ownerId: 'user-1', url: 'https://example.org', eventType: 'job.completed',
    traceparent: null, body: '{}',
    state: 'pending', attempt: 0, dueAt: now, createdAt: now, endedAt: null,
  }]);
  const shares = { perOwner: 8, perHost: 8, perOwnerAndHost: 8, perOwnerSilent: 8 };
  const claim = await webhooks.claim({ now, leaseMs: 1, limit: 10, after: 'user-0', shares, silent: [] });
  await webhooks.nextDueAt(now);
  for (const claimed of claim.deliveries) {
    const attempt = { at: now, status: 204, error: null, body: '', durationMs: 1 };
    await webhooks.record({ ...claimed, state: 'delivered', dueAt: null, endedAt: now }, attempt);
    await webhooks.attempts(claimed.id);
    await webhooks.replay(claimed.id, now);
  }
  await webhooks.setDisabled('user-1', 'https://example.org', now);
  await webhooks.disabled('user-1');
  const secret = { ownerId: 'user-1', secret: 'whsec_', createdAt: now, expiresAt: null };
  await webhooks.addSecret(secret, { now, othersUntil: now, onlyFirst: false });
  await store.retention.purgeDeliveries(now, 10);
  await useLogs(logs);
}

async function useLogs(logs: Store['logs']): Promise<void> {
  const body = new Uint8Array(1);
  const keep = { lines: 1, bytes: maxChunkBytes };
  await logs.append({ jobId: 'job', token: 1 }, { firstLine: 1, lineCount: 1, body }, keep);
  await logs.read('job', { fromLine: 1, maxBytes: 10 });
  await logs.progress(['job']);
  await logs.unsealed({ jobIds: ['job'], limit: 10 });
  await logs.unsealed({ after: '', limit: 10 });
  await logs.close([{ jobId: 'job', lastLine: 1 }]);
  await logs.seal({ id: 'seal', jobId: 'job', lastLine: 1, replaces: null, file: null, chunks: [] });
  await logs.expectObject('key', now);
  await logs.looseObjects({ now, leaseMs: 1, limit: 10 });
  await logs.forgetObjects(['key']);
}

describe('statements', () => {
  const driver = openLimited();
  const plans = new Map<string, string>();

  beforeAll(async () => {
    migrate(driver, readMigrations());
    await useEverything(driver);
    for (const sql of [...driver.seen].filter((one) => /^\s*(SELECT|UPDATE|DELETE|INSERT|WITH)/.test(one))) {
      const params = Array.from({ length: sql.split('?').length - 1 }, () => '[]');
      const steps = driver.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params);
      plans.set(sql, steps.map(({ detail }) => detail).join('\n'));
    }
  });

  it('find their rows by an index, however many there are', () => {
    expect(plans.size).toBeGreaterThan(30);
    // What is leased is as much as workers have: few.
    const scans = [...plans].filter(([, plan]) =>
      new RegExp(`\\bSCAN (${large})\\b(?! USING INDEX work_leased)`).test(plan),
    );
    expect(scans).toEqual([]);
  });

  it('are planned once: none has a bare parameter for its limit, which has SQLite plan it at each call', () => {
    expect([...plans.keys()].filter((sql) => /\bLIMIT\s+\?/i.test(sql))).toEqual([]);
  });

  it('read them in order, and sort none', () => {
    // The items of one job are few.
    const sorts = [...plans].filter(([sql, plan]) => /TEMP B-TREE/.test(plan) && !/FROM job_item_history/.test(sql));
    expect(sorts).toEqual([]);
  });

  it.each([
    ['claims', /^SELECT rowid AS row, priority.* stage = 'ready'/s, 'work_ready (kind=? AND type=?)'],
    ['work that is due', /^SELECT .* stage = 'scheduled' AND due_at <= \?/s, 'work_later (due_at<?)'],
    [
      'the next of a key', /^SELECT .* stage = 'queued' .* concurrency_key = \?/s,
      'work_line (kind=? AND type=? AND concurrency_key=?)',
    ],
    [
      'slots of a key', /^SELECT count.* slot = 1 .* concurrency_key = \?/s,
      'COVERING INDEX work_slots (kind=? AND type=? AND concurrency_key=?',
    ],
    ['keys with room', /^SELECT .* work_fronts\s+WHERE type = \?/s, 'work_fronts_free (type=?)'],
    [
      'starts of a key', /^SELECT count.* FROM work_starts .*concurrency_key/s,
      'work_starts_by_key (type=? AND concurrency_key=?',
    ],
    ['what workers hold', /^SELECT worker AS/s, 'work_leased (leased_until>?)'],
    ['the next priority', /^SELECT priority FROM job_rows/s, 'work_ready (kind=? AND type=? AND priority<?)'],
    [
      'what has waited longest', /^SELECT min\(due_at\) AS dueAt FROM \(SELECT/s,
      'work_ready (kind=? AND type=? AND priority=?)',
    ],
    ['lapsed leases', /^SELECT .* leased_until <= \?/s, 'work_leased (leased_until<?)'],
    [
      "lists of an owner's", /^SELECT place FROM job_rows WHERE owner_id = \? AND kind = \?\s+AND place/s,
      'jobs_by_owner (owner_id=? AND kind=? AND place>? AND place<?)',
    ],
    [
      'lists of a kind', /^SELECT place FROM job_rows WHERE\s+kind = \?\s+AND place/s,
      'jobs_by_kind (kind=? AND place>? AND place<?)',
    ],
    [
      'lists of a label', /^SELECT place FROM job_labels l WHERE\s+kind/s,
      'PRIMARY KEY (kind=? AND name=? AND value=? AND place>? AND place<?)',
    ],
    [
      "lists of a label of an owner's", /^SELECT place FROM job_labels l WHERE\s+owner_id/s,
      'job_labels_by_owner (owner_id=? AND kind=? AND name=? AND value=? AND place>? AND place<?)',
    ],
    [
      'the parts of a job', /^SELECT place FROM job_rows INDEXED BY jobs_by_parent/s,
      'jobs_by_parent (parent_id=? AND kind=? AND place>? AND place<?)',
    ],
    [
      'lists by type',
      /^SELECT place FROM job_rows WHERE\s+kind = \? AND type = \?\s+AND listed_state = \?(?!.*ended_objects)/s,
      'jobs_by_state (kind=? AND type=? AND listed_state=? AND place>? AND place<?)',
    ],
    [
      "lists of an owner's by type", /^SELECT place FROM job_rows WHERE owner_id = \? AND kind = \? AND type/s,
      'jobs_by_owner_and_state (owner_id=? AND kind=? AND type=? AND listed_state=? AND place>? AND place<?)',
    ],
    ['what workers have claimed', /^SELECT place FROM job_rows\s+WHERE stage = 'leased'/s, 'USING INDEX work_leased'],
    [
      'what has ended', /ended_at < \? .*ended_objects/s,
      'jobs_by_state (kind=? AND type=? AND listed_state=? AND place>',
    ],
    ['the next type in line', /^SELECT kind, type FROM job_rows/s, 'work_line ((kind,type)>(?,?))'],
  ])('find %s by the index made for it', (_, statement, index) => {
    const found = [...plans].filter(([sql]) => statement.test(sql.replaceAll('+?', '?')));
    expect(found.length).toBeGreaterThan(0);
    for (const [, plan] of found) expect(plan).toContain(index);
  });
});
