/** One of several processes on a file; `processes.test.ts` and `crash.test.ts` say what it does. */
import { grant, open, unopened } from '../../../src/domain/account/decide.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { Bookkeeper, newId, nothing } from '../../../src/testing/store-suite/bookkeeper.ts';
import { openMigrated } from './open.ts';

const [, , task, path = '', ...rest] = process.argv;
const store = createSqliteStore(openMigrated(path));

switch (task) {
  case 'open':
    await store.check();
    break;
  case 'give':
    await give(store, rest[0] ?? '', Number(rest[1]));
    break;
  case 'work':
    await work(store);
    break;
  default:
    throw new Error(`no such task: ${task}`);
}
await store.close();

/** Grants an account so many credits, one commit each, against whoever else does. */
async function give(to: Store, id: string, credits: number): Promise<void> {
  for (let given = 0; given < credits; ) {
    const now = Date.now();
    const before = (await to.accounts.get(id)) ?? unopened(id, now);
    const opened = open(before, now);
    const granted = grant(opened.account, 1, null, now);
    if (!granted.ok) throw new Error(granted.refusal.message);
    const account = { ...granted.value.account, version: before.version + 1 };
    const ledger = [...opened.entries, ...granted.value.entries];
    const accounts = [{ account, expectedVersion: before.version }];
    const result = await to.commit({ ...nothing, accounts, ledger });
    if (result.ok) given += 1;
  }
}

/**
 * Works until it is killed, and says on a line of its own what was acknowledged, as soon as it was:
 * `job <id> <version>`, `ended <id>`, `sent <message id>`, `acknowledged <message id>`.
 */
async function work(to: Store): Promise<void> {
  const book = new Bookkeeper(Date.now());
  const owner = book.account(newId(book.now), 'pro', 1_000_000);
  for (;;) {
    book.now = Date.now();
    const jobId = book.submit(owner, 3);
    const steps = [
      () => {}, () => book.confirm(jobId), () => book.execute(jobId),
      () => book.result(jobId, 0), () => book.result(jobId, 1, 'failed'), () => book.result(jobId, 2),
    ];
    for (const step of steps) {
      step();
      const result = await to.commit(book.take());
      if (!result.ok) throw new Error(`conflict: ${result.conflicts.join()}`);
      console.log(`job ${jobId} ${book.jobs.get(jobId)?.version}`);
    }
    console.log(`ended ${jobId}`);
    await relay(to, book.now);
  }
}

async function relay(to: Store, now: number): Promise<void> {
  const messages = await to.outbox.claim({ now, leaseMs: 60_000, limit: 10 });
  await to.queue.put('q', messages.map(({ jobId }) => ({ messageId: jobId, jobId, availableAt: now })));
  await to.outbox.done(messages.map(({ id }) => id));
  for (const { jobId } of messages) console.log(`sent ${jobId}`);
  const pulled = await to.queue.pull('q', { now, limit: 10, leaseMs: 60_000, maxDeliveries: 5 });
  const acknowledged = await to.queue.acknowledge('q', pulled.messages);
  pulled.messages.forEach(({ messageId }, i) => {
    if (acknowledged[i]) console.log(`acknowledged ${messageId}`);
  });
}
