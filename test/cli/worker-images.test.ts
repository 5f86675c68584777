import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rememberingPrograms } from '../imaging/remembered.ts';
import { start } from './program.ts';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('waybill worker images', () => {
  test('does a server’s image sets, and ends at SIGTERM', { timeout: 120_000 }, async () => {
    const worker = start(['worker', 'images', '--server', server.url], { env: { NODE_OPTIONS: rememberingPrograms } });
    await worker.says(/using the callback secret of development mode/);
    const photo = join(server.folder, 'photo.jpg');
    await sharp({ create: { width: 80, height: 60, channels: 3, background: '#cde' } })
      .jpeg()
      .toFile(photo);
    const out = join(server.folder, 'out');
    const { status, stderr } = await server.as('mira', ['job', 'create', '--preset', 'interior', photo, '--out', out]);
    expect(stderr).toContain('1 of 1 done');
    expect([status, existsSync(join(out, 'photo.png'))]).toEqual([0, true]);
    worker.process.kill('SIGTERM');
    const ended = await worker.ended;
    expect([ended.status, ended.stdout]).toEqual([0, '']);
    expect(ended.stderr).toMatch(/"message":"image worker stopped".*"done":1/);
  });

  test('ends and says so when its secret is not the server’s', async () => {
    const worker = start(['worker', 'images', '--server', server.url], {
      env: { GPU_CALLBACK_SECRET: 'another-secret-of-mine' },
    });
    const { status, stderr } = await worker.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/waybill: .*another secret than the server\n$/);
    expect(stderr).not.toContain('another-secret');
  });

  test.each([
    ['needs a secret for another server', ['--server', 'https://waybill.example'], 'GPU_CALLBACK_SECRET is not set'],
    [
      'needs a token for a queue elsewhere',
      ['--queue', 'https://queue.example/queues/1'],
      'CLOUDFLARE_API_TOKEN is not set: it must be one that may pull from the queue',
    ],
    ['refuses a short secret unseen', ['--secret', 'short'], 'GPU_CALLBACK_SECRET has a wrong value (not shown)'],
    [
      'refuses a concurrency above 64',
      ['--concurrency', '65'],
      '--concurrency is "65": it must be a whole number from 1 to 64',
    ],
  ])('%s', async (_, args, message) => {
    const { status, stderr } = await server.as('', ['worker', 'images', ...args]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
