import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from './program.ts';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('waybill worker images', () => {
  test('does the work of a server, and leaves at SIGTERM', { timeout: 120_000 }, async () => {
    const worker = start(['worker', 'images', '--server', server.url]);
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

  test('with another secret than the server’s ends and says so', async () => {
    const worker = start(['worker', 'images', '--server', server.url], {
      env: { GPU_CALLBACK_SECRET: 'another-secret-of-mine' },
    });
    const { status, stderr } = await worker.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/waybill: .*another secret than the server\n$/);
    expect(stderr).not.toContain('another-secret');
  });

  test.each([
    ['a server elsewhere needs a secret', ['--server', 'https://waybill.example'], 'GPU_CALLBACK_SECRET is not set'],
    [
      'a queue elsewhere needs a token',
      ['--queue', 'https://queue.example/queues/1'],
      'CLOUDFLARE_API_TOKEN is not set: it must be one that may pull from the queue',
    ],
    ['a short secret is refused unseen', ['--secret', 'short'], 'GPU_CALLBACK_SECRET has a wrong value (not shown)'],
    [
      'so is a concurrency beyond 64',
      ['--concurrency', '65'],
      '--concurrency is "65": it must be a whole number from 1 to 64',
    ],
  ])('%s', async (_, args, message) => {
    const { status, stderr } = await server.as('', ['worker', 'images', ...args]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
