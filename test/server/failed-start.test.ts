import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/main/config/load.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { startServer } from '../../src/main/node/server.ts';

test('a server that fails to start leaves no service running that would go on asking its store', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-failed-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PORT: '0', GRPC_PORT: '0', WAYBILL_DATA: folder, WAYBILL_DEV: 'true' };
  const loaded = loadConfig({ flags: {}, env });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const log: string[] = [];
  const start = () => startServer(loaded.config, { logger: createLogger('debug', (line) => log.push(line)) });
  await (await start()).close();
  // Damaged: the last thing that a start does is to look for its providers.
  new Database(join(folder, 'waybill.sqlite')).exec('DROP TABLE providers').close();
  await expect(start()).rejects.toThrow('no such table: providers');
  const { length } = log;
  await delay(500);
  expect(log.slice(length)).toEqual([]);
});
