import { mkdtempSync, rmSync, watch, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import {
  startImageWorkerThread, type ImageWorkerThread, type ImageWorkerThreadOptions,
} from '../../src/main/node/image-worker/thread.ts';
import { photo, quick, startPeer } from './harness.ts';
import { secret, type Peer } from './peer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-thread-'));
  process.env['WAYBILL_TEST_FOLDER'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
});

interface Logged {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function startThread(
  peer: Peer,
  options: Partial<ImageWorkerThreadOptions> = {},
): ImageWorkerThread & { readonly logs: Logged[]; logged(message: string): Promise<Logged> } {
  const logs: Logged[] = [];
  const watchers = new Set<() => void>();
  const log = (level: string) => (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    logs.push({ level, message, fields });
    for (const wake of [...watchers]) wake();
  };
  const thread = startImageWorkerThread({
    server: peer.url, secret, concurrency: 1, limits: quick,
    restyler: new URL('./restyler.ts', import.meta.url).href,
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    ...options,
  });
  onTestFinished(() => thread.stop());
  const logged = (message: string): Promise<Logged> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = logs.find((each) => each.message === message);
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  return { ...thread, logs, logged };
}

function fileAppears(name: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
}

const isDone = (peer: Peer, jobId: string) => () => peer.job(jobId).status === 'done';

test('does a set in a thread of its own, and passes its log on', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  const done: number[] = [];
  const thread = startThread(peer, { onStats: (stats) => done.push(stats.done) });
  await peer.until(isDone(peer, jobId));
  expect((await thread.logged('message acknowledged')).fields).toMatchObject({ worker: 'images' });
  await thread.stop();
  expect(done.at(-1)).toBe(2);
  expect(thread.logs.at(-1)).toMatchObject({ message: 'image worker stopped', fields: { done: 2, acknowledged: 1 } });
});

test("lets this thread's event loop go on while a photo blocks the worker's", async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('block')]);
  startThread(peer);
  // Were it the same event loop, nobody would be left to see the one file and write the other.
  await fileAppears('blocked');
  writeFileSync(join(folder, 'go'), '');
  await peer.until(isDone(peer, jobId));
});

test.each([
  ['exits', 'exit', 7],
  ['throws outside of any promise', 'break', 1],
])('starts another thread when one %s, which does the set', async (_, word, exitCode) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo(`${word} once`), photo('b')]);
  const thread = startThread(peer);
  expect((await thread.logged('image worker thread ended')).fields).toMatchObject({ exitCode, restartInMs: 1_000 });
  await peer.until(isDone(peer, jobId));
  expect(peer.messages[0]?.attempts).toBe(2);
  const results = [...peer.job(jobId).results.values()];
  expect(results.map(({ status }) => status)).toEqual(['done', 'done']);
});

test('logs why the thread could not start, and stops while it waits to try again', async () => {
  const peer = await startPeer();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const thread = startThread(peer, { restyler: 'data:text/javascript,throw new Error("no model")' });
  expect((await thread.logged('image worker failed')).fields).toMatchObject({ error: 'no model' });
  expect((await thread.logged('image worker thread ended')).fields).toMatchObject({ exitCode: 1 });
  expect(vi.getTimerCount()).toBe(1);
  await thread.stop();
  expect(vi.getTimerCount()).toBe(0);
  expect(peer.seen).toEqual([]);
});

test('gives its message back before it ends', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('block'), photo('b')]);
  const thread = startThread(peer);
  await fileAppears('blocked');
  const stopped = thread.stop();
  writeFileSync(join(folder, 'go'), '');
  await stopped;
  expect(peer.messages[0]).toMatchObject({ acknowledged: false, retries: [0] });
  expect([...peer.job(jobId).results.keys()]).toEqual([0]);
});

test('ends a thread by force that does not end by itself', async () => {
  const peer = await startPeer();
  peer.addSet([photo('block')]);
  const thread = startThread(peer, { limits: { ...quick, graceMs: 20 }, marginMs: 20 });
  await fileAppears('blocked');
  await thread.stop();
  expect(thread.logs.at(-1)).toMatchObject({ level: 'warn', message: 'image worker thread did not end in time' });
  expect(peer.messages[0]?.acknowledged).toBe(false);
});
