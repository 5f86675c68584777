import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { StoreNotWritable, type StoreOutage } from '../../../src/ports/store/unreachable.ts';
import { openSqlite } from '../../../src/stores/sqlite/node-driver.ts';

/** What a full disk does to SQLite, without one: the database may not grow. */
it('an SQLite database that cannot grow says so, stores nothing of refused commits, and recovers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-full-'));
  const failed: StoreOutage[] = [];
  let worked = 0;
  const watch = { failed: (outage: StoreOutage) => void failed.push(outage), worked: () => void (worked += 1) };
  const driver = openSqlite(join(folder, 'waybill.sqlite'), { watch });
  onTestFinished(async () => {
    await driver.close();
    rmSync(folder, { recursive: true, force: true });
  });
  driver.exec('CREATE TABLE words (word TEXT)');
  const insert = (): number => driver.run('INSERT INTO words VALUES (?)', ['x'.repeat(100_000)]);
  const count = (): number => driver.all<{ count: number }>('SELECT count(*) AS count FROM words')[0]!.count;
  driver.all('PRAGMA max_page_count = 60');
  insert();
  expect(() => driver.transaction(() => [insert(), insert(), insert()])).toThrow(StoreNotWritable);
  expect([count(), failed[0]]).toEqual([1, expect.objectContaining({ reason: 'disk_full' })]);
  const before = worked;
  driver.all('PRAGMA max_page_count = 1000');
  driver.transaction(() => [insert(), insert(), insert()]);
  expect(count()).toBe(4);
  expect(worked).toBeGreaterThan(before);
  await driver.durable();
});
