import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/main/config/parse.ts';
import { Waybill } from '../../src/main/embedded/index.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { startServer } from '../../src/main/node/server.ts';
import { makeFolder, runHere, start } from '../cli/program.ts';

test('a folder has one server: another is refused, what only looks is not, and a kill leaves no lock', async () => {
  const folder = makeFolder();
  onTestFinished(() => folder.remove());
  const data = join(folder.path, 'data');
  const flags = ['--dev', '--port', '0', '--data', data];
  const first = start(['serve', ...flags]);
  await first.says(/^Waybill listens on (\S+)\n/);
  const second = () => startServer(parseConfig(flags, {}), { logger: createLogger('error', () => {}) });

  const refused = `waybill.sqlite is in use by another Waybill (process ${first.process.pid}): stop that one, or give`;
  await expect(second()).rejects.toThrow(process.platform === 'linux' ? refused : 'is in use by another Waybill');
  await expect(Waybill.open({ dataDir: data, logger: 'silent' })).rejects.toThrow('is in use by another Waybill');
  for (const args of [['backup', join(folder.path, 'backup')], ['doctor', '--dev', '--port', '0'], ['migrate']]) {
    expect(await runHere([...args, '--data', data], { HOME: folder.path }), args[0]).toMatchObject({ status: 0 });
  }

  first.process.kill('SIGKILL');
  await first.ended;
  const next = await second();
  await expect(Waybill.open({ dataDir: data, logger: 'silent' })).rejects.toThrow(/is in use by another Waybill/);
  await next.close();
  const embedded = await Waybill.open({ dataDir: data, logger: 'silent' });
  await embedded.close();
  expect(readdirSync(data).filter((name) => name.includes('lock'))).toEqual(['waybill.sqlite.lock']);
}, 60_000);
