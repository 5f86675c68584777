import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balancesOf } from '../../../src/domain/account/ledger.ts';
import { foldAll } from '../../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../../src/domain/job/job.ts';
import { order, type OrderEvent } from '../../../src/testing/sample-kinds/order.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { openMigrated, temporaryFile } from './open.ts';

const program = fileURLToPath(new URL('./process.ts', import.meta.url));

/** Lets `process.ts` work until it has said so many lines, kills it in the middle of what it does, and returns them. */
async function workUntilKilled(path: string, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, 'work', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<string | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  expect(await gone).toBe('SIGKILL');
  return said;
}

async function expectKept(store: Store, driver: SqliteDriver, said: readonly string[]): Promise<void> {
  for (const line of said) {
    const [what, id = '', version] = line.split(' ');
    if (what === 'job') expect((await store.jobs.get(id))?.version, line).toBeGreaterThanOrEqual(Number(version));
    if (what === 'ended') expect((await store.jobs.history(id))?.items, line).toHaveLength(3);
    if (what === 'sent' || what === 'acknowledged') {
      const wanted = what === 'acknowledged' ? "AND state = 'gone'" : '';
      const rows = driver.all(`SELECT 1 FROM queue_messages WHERE message_id = ? ${wanted}`, [id]);
      expect(rows, line).toHaveLength(1);
    }
  }
}

/** Whatever was stored, acknowledged or not, hangs together. */
async function expectWhole(store: Store, driver: SqliteDriver): Promise<void> {
  // A statement for this test alone: the store itself may not use PRAGMA.
  expect(driver.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  for (const { id } of driver.all<{ id: string }>('SELECT id FROM job_rows')) {
    const job = await store.jobs.get(id);
    const events = (await store.jobs.events(id, { after: 0, limit: 1_000 })) as RecordedEvent<OrderEvent>[];
    expect(foldAll(order, events)).toEqual(job);
    const reservation = await store.accounts.reservation(id);
    expect(reservation?.state).toBe(job?.endedAt === null ? 'held' : 'committed');
    expect((await store.jobs.history(id)) === null).toBe(job?.endedAt === null);
  }
  for (const { id } of driver.all<{ id: string }>('SELECT id FROM accounts')) {
    const account = await store.accounts.get(id);
    const ledger = await store.accounts.ledger(id, { after: 0, limit: 1_000 });
    expect(account?.ledgerSequence).toBe(ledger.length);
    const { available, reserved, spent } = balancesOf(ledger);
    expect(account).toMatchObject({ available, reserved, spent });
  }
  const counted = driver.all('SELECT kind, type, state, count(*) AS count FROM job_rows GROUP BY kind, type, state');
  expect((await store.jobs.counts()).toSorted((a, b) => (a.state < b.state ? -1 : 1))).toEqual(counted);
}

describe('a process that is killed while it writes', () => {
  let file: ReturnType<typeof temporaryFile>;
  beforeEach(() => {
    file = temporaryFile();
  });
  afterEach(() => file.remove());

  it('loses nothing that it acknowledged, again and again', { timeout: 60_000 }, async () => {
    for (const lines of [1, 7, 24, 61, 103]) {
      const said = await workUntilKilled(file.path, lines);
      expect(said.length).toBeGreaterThanOrEqual(lines);
      const driver = openMigrated(file.path);
      const store = createSqliteStore(driver);
      await expectKept(store, driver, said);
      await expectWhole(store, driver);
      await driver.close();
    }
  });
});
