import { mkdtempSync, rmSync, watch, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startRestyling, type RestylingOptions, type RestylingProcess } from '../../src/main/node/restyling/process.ts';
import { startServersImageWorker } from '../../src/main/node/restyling/worker.ts';
import type { ImageSetMessage } from '../../src/kinds/image-set/worker/message.ts';
import { photo, quick, startPeer, startWorker, type RunningWorker } from './harness.ts';
import { secret, type Peer } from './peer.ts';

/** Restyling in a process of its own: what a photo does to it, it does to that photo alone. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-restyling-'));
  process.env['WAYBILL_TEST_FOLDER'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
});

const restyler = new URL('./restyler.ts', import.meta.url).href;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

function restylingWith(options: Partial<RestylingOptions> = {}): RestylingProcess {
  const restyling = startRestyling({
    logger: silent, memoryBytes: 512 * 1024 ** 2, limits: quick, restyler, silenceMs: 5_000, ...options,
  });
  restyling.ready.catch(() => {});
  onTestFinished(() => restyling.stop());
  return restyling;
}

function working(peer: Peer, concurrency: number, restyling = restylingWith()): RunningWorker {
  return startWorker(peer, { make: restyling.make, concurrency });
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

/** By idx, null where there is none. */
function errors(peer: Peer, jobId: string): (string | null)[] {
  const results = [...peer.job(jobId).results].toSorted(([a], [b]) => a - b);
  return results.map(([, { error }]) => error ?? null);
}

test("the restyling process can block on a photo while the worker's event loop goes on", async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('block')]);
  working(peer, 1);
  // Were it the same event loop, nobody would be left to see the one file and write the other.
  await fileAppears('blocked');
  writeFileSync(join(folder, 'go'), '');
  await peer.until(() => peer.job(jobId).status === 'done');
});

test.each([
  ['never comes back', 'loop', /^photo 0 could not be restyled, because it blocks the worker for more than 5 s$/],
  ['takes all memory', 'eat', /^photo 0 takes more memory than the worker has/],
  ['crashes the program', 'crash', /^photo 0 could not be restyled, because it crashes the worker$/],
])('a photo that %s fails alone, and its message is delivered once', { timeout: 40_000 }, async (_, word, reason) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo(word), photo('b'), photo('c')]);
  const worker = working(peer, 1);
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errors(peer, jobId)).toEqual([expect.stringMatching(reason), null, null]);
  expect(peer.messages[0]?.attempts).toBe(1);
});

test('a photo that crashes the restyling process is found among several', { timeout: 40_000 }, async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('crash'), photo('c'), photo('crash'), photo('e')]);
  const worker = working(peer, 5);
  await worker.until(({ acknowledged }) => acknowledged === 1);
  const failed = [...peer.job(jobId).results].filter(([, { status }]) => status === 'failed').map(([idx]) => idx);
  expect(failed.toSorted()).toEqual([1, 3]);
});

test.each([
  ['exits once', 'exit'],
  ['throws outside of any promise once', 'break'],
])('a photo with which the program %s is done by the next one', async (_, word) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo(`${word} once`), photo('b')]);
  working(peer, 2);
  await peer.until(() => peer.job(jobId).status === 'done');
  expect(errors(peer, jobId)).toEqual([null, null]);
});

test('a photo that is no longer wanted is abandoned, and the restyling process goes on', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('hang'), photo('b')]);
  const { items } = peer.messages[0]!.body as ImageSetMessage;
  const restyling = restylingWith();
  await restyling.ready;
  const { pid } = restyling;
  const order = (idx: number) => ({
    jobId, item: items[idx]!, concepts: {}, protect: [], force: false, output: { format: 'png' } as const, attempts: 1,
  });
  const stopping = new AbortController();
  const hanging = restyling.make(order(0), stopping.signal);
  await fileAppears('hanging');
  stopping.abort(new Error('canceled'));
  await expect(hanging).rejects.toThrow('canceled');
  expect(await restyling.make(order(1), new AbortController().signal)).toEqual({ status: 'done' });
  expect(restyling.pid).toBe(pid);
});

test('the restyling process is a new one when there were no photos for a while, and makes the next', async () => {
  const peer = await startPeer();
  const first = peer.addSet([photo('a')]);
  const errors: string[] = [];
  const logger = { ...silent, error: (message: string) => void errors.push(message) };
  const restyling = restylingWith({ idleMs: 100, logger });
  await restyling.ready;
  const { pid } = restyling;
  working(peer, 1, restyling);
  await peer.until(() => peer.job(first).status === 'done');
  await expect.poll(() => restyling.pid, { timeout: 10_000 }).not.toBe(pid);
  const second = peer.addSet([photo('b')]);
  await peer.until(() => peer.job(second).status === 'done');
  expect(errors).toEqual([]);
});

test('an image worker says what is missing when the restyling process cannot start', async () => {
  const restyling = restylingWith({ restyler: 'data:text/javascript,throw new Error("no model")' });
  await expect(restyling.ready).rejects.toThrow('no model');
});

test("the server's own worker releases its message before it ends", async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('block'), photo('b')]);
  const worker = startServersImageWorker({
    server: peer.url, secret, memoryBytes: 512 * 1024 ** 2, logger: silent, limits: quick, restyler,
  });
  await fileAppears('blocked');
  const stopped = worker.stop();
  writeFileSync(join(folder, 'go'), '');
  await stopped;
  expect(peer.messages[0]).toMatchObject({ acknowledged: false, retries: [0] });
  expect([...peer.job(jobId).results.keys()]).toEqual([0]);
});
