import { expect, test } from 'vitest';
import { archiveOf } from '../../src/kinds/image-set/rest/archive.ts';

/** Results without end, of which is counted what was read, and whether their reading was ended. */
function endless(count: number) {
  const seen = { chunks: 0, canceled: 0, opened: 0 };
  const read = async (): Promise<ReadableStream<Uint8Array>> => {
    seen.opened += 1;
    return new ReadableStream({
      pull: (controller) => {
        seen.chunks += 1;
        controller.enqueue(new Uint8Array(65_536));
      },
      cancel: () => void (seen.canceled += 1),
    }, { highWaterMark: 0 });
  };
  const delivered = Array.from({ length: count }, (_, idx) => ({
    idx, name: `${idx}.jpg`, key: `outputs/${idx}_result.png`, recordedAt: 0, size: 2 ** 40, read,
  }));
  return { seen, results: { jobId: 'j', delivered, failed: [] } };
}

test('a ZIP of results reads no more than is taken of it', async () => {
  const { seen, results } = endless(3);
  const parts = archiveOf(results, new AbortController().signal).parts[Symbol.asyncIterator]();
  for (let taken = 0; taken < 10; taken++) await parts.next();
  expect(seen.opened).toBe(1);
  expect(seen.chunks).toBeLessThan(14);
  await parts.return?.();
  expect(seen.canceled).toBe(1);
});

test('a ZIP of results ends its reading when the client goes away while the storage is silent', async () => {
  const gone = new AbortController();
  let canceled = false;
  const asked = Promise.withResolvers<void>();
  const read = async () => new ReadableStream<Uint8Array>({
    pull: () => {
      asked.resolve();
      return new Promise<void>(() => {});
    },
    cancel: () => void (canceled = true),
  }, { highWaterMark: 0 });
  const { results } = endless(1);
  const parts = archiveOf({ ...results, delivered: [{ ...results.delivered[0]!, read }] }, gone.signal).parts;
  const all = (async () => {
    for await (const _ of parts);
  })();
  await asked.promise;
  gone.abort(new Error('the client has gone'));
  await expect(all).rejects.toThrow('the client has gone');
  expect(canceled).toBe(true);
});

test('a ZIP of results that cannot be read to its end breaks off', async () => {
  const { results } = endless(1);
  const read = async () => {
    throw new Error('it has gone');
  };
  const broken = { ...results, delivered: [{ ...results.delivered[0]!, read }] };
  const answer = archiveOf(broken, new AbortController().signal);
  await expect((async () => {
    for await (const _ of answer.parts);
  })()).rejects.toThrow('it has gone');
});
