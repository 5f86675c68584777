import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { followLog, plainLog, type FollowedLog } from '../../src/application/logs/follow-log.ts';
import type { KindLogs } from '../../src/application/logs/kind-logs.ts';
import { LogCache } from '../../src/application/logs/log-cache.ts';
import { readLogPage } from '../../src/application/logs/log-page.ts';
import { LogReader } from '../../src/application/logs/log-reader.ts';
import { LogWriter } from '../../src/application/logs/log-writer.ts';
import { sealLog } from '../../src/application/logs/seal.ts';
import { createSignals } from '../../src/application/signals.ts';
import type { LogLine } from '../../src/domain/log-line.ts';
import { nodeGzip } from '../../src/main/node/gzip.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { maxChunkBytes } from '../../src/ports/store/log-chunks.ts';
import type { Store } from '../../src/ports/store/store.ts';
import type { WorkLease } from '../../src/ports/store/work-store.ts';
import { migrate } from '../../src/stores/sqlite/migrate.ts';
import { readMigrations } from '../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createMemoryObjects } from '../../src/testing/memory-objects.ts';
import { openMemorySqlite } from '../../src/testing/simulator/memory-driver.ts';
import { working } from '../../src/testing/store-suite/logs.ts';
import { end, again } from '../../src/testing/store-suite/sealed-logs.ts';

const opened: Store[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

const large: KindLogs = { keepLines: 1_000_000, keepBytes: 64 * 1_048_576, minObjectBytes: 0 };

function server(kept: KindLogs = large) {
  const clock = createFakeClock();
  const driver = openMemorySqlite();
  migrate(driver, readMigrations());
  const store = createSqliteStore(driver);
  opened.push(store);
  const objects = createMemoryObjects(clock);
  const signals = createSignals();
  const deps = { store, clock, objects, signals, gzip: nodeGzip, ids: createFakeIds(clock, 1) };
  const reader = new LogReader(deps);
  const writer = new LogWriter(deps, kept);
  return {
    ...deps, deps, reader, writer,
    page: (jobId: string, options: Partial<Parameters<typeof readLogPage>[3]> = {}) =>
      readLogPage(deps, reader, jobId, { after: 0, limit: 1_000, ...options }, kept),
    follow: (jobId: string, options: Partial<Parameters<typeof followLog>[4]> = {}) =>
      followLog(
        deps, reader, new LogCache(), jobId, { after: 0, signal: new AbortController().signal, ...options }, kept,
        plainLog,
      ),
    seal: async (jobId: string, withDeps: typeof deps = deps) => {
      const [log] = await store.logs.unsealed({ jobIds: [jobId], limit: 1 });
      if (log === undefined) throw new Error('there is nothing to seal');
      return sealLog(withDeps, log, kept, null);
    },
  };
}

const line = (text: string, changes: Partial<LogLine> = {}): LogLine => ({
  at: 1_764_000_000_000, stream: 'out', text, attempt: 1, ...changes,
});
const lines = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from + 1 }, (_, index) => line(`line ${from + index}`));
const texts = (page: { readonly lines: readonly LogLine[] }): string[] => page.lines.map(({ text }) => text);

async function objectsOf(objects: ObjectStore): Promise<readonly string[]> {
  return (await objects.list('logs/')).objects.map(({ key }) => key);
}

describe('writing', () => {
  test('lines come back as they were, long ones cut, in one chunk or many', async () => {
    const { store, writer, page } = server();
    const lease = await working(store);
    const said = [
      line('', { stream: 'err' }), line('"é\u{1f980}\u0000\n', { stream: 'log', level: 'warn' }), line('\ud83e half'),
      line('x'.repeat(16_384)), line('y'.repeat(16_385)),
    ];
    expect(await writer.write(lease, 1, said)).toEqual({ ok: true, value: { lines: 5, stored: true } });
    const all = await page(lease.jobId);
    expect(all.lines.slice(0, 4)).toEqual(said.slice(0, 4).map((one, index) => ({ number: index + 1, ...one })));
    expect(all.lines[4]?.text).toMatch(/^y{16000,} \[cut: the line has 16385 characters\]$/);
    expect(all.lines[4]?.text).toHaveLength(16_384);
    const many = Array.from({ length: 60 }, (_, index) => line(String(index).padEnd(10_000, '.')));
    await writer.write(lease, 6, many);
    const log = await store.logs.read(lease.jobId, { fromLine: 6, maxBytes: 1_000_000 });
    expect(log?.chunks.length).toBeGreaterThan(2);
    expect(texts(await page(lease.jobId, { after: 5 }))).toEqual(many.map(({ text }) => text));
  });

  test('what is sent again in another cut is stored once', async () => {
    const { store, writer, page } = server();
    const lease = await working(store);
    await writer.write(lease, 1, lines(1, 5));
    await writer.write(lease, 3, lines(3, 8));
    await writer.write(lease, 1, lines(1, 8));
    await writer.write(lease, 1, lines(1, 9));
    expect(texts(await page(lease.jobId))).toEqual(texts({ lines: lines(1, 9) }));
  });

  test('chunks of others are refused when they can be seen to be no chunks', async () => {
    const { store, writer } = server();
    const lease = await working(store);
    const bomb = gzipSync(Buffer.alloc(maxChunkBytes + 1));
    const plain = Buffer.from('{}\n');
    for (const [lineCount, body] of [[1, bomb], [0, plain], [1, Buffer.alloc(0)], [1, bomb.subarray(0, 9)]] as const) {
      const refused = await writer.append(lease, { firstLine: 1, lineCount, body });
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } });
    }
    const lost = await writer.append({ ...lease, token: lease.token + 1 }, { firstLine: 1, lineCount: 1, body: plain });
    expect(lost).toMatchObject({ ok: false, refusal: { code: 'lease_lost' } });
  });

  test('one job cannot write all of the time', async () => {
    const { store, writer, clock } = server();
    const lease = await working(store);
    const write = () => writer.write(lease, null, [line('x')]);
    const results = [];
    for (let index = 0; index < 500; index++) results.push(await write());
    expect(results.filter(({ ok }) => ok)).toHaveLength(400);
    expect(results.at(-1)).toMatchObject({ refusal: { code: 'rate_limit', details: { retryAfterSeconds: 1 } } });
    clock.advance(1_000);
    expect(await write()).toMatchObject({ ok: true });
  });
});

describe('reading', () => {
  test('pages follow each other, from a line, from the end, and of one stream', async () => {
    const { store, writer, page } = server();
    const lease = await working(store);
    for (let from = 1; from <= 50; from += 10) await writer.write(lease, from, lines(from, from + 9));
    await writer.write(lease, 51, [line('oops', { stream: 'err' })]);
    const first = await page(lease.jobId, { limit: 45 });
    expect(texts(first)).toEqual(texts({ lines: lines(1, 45) }));
    expect(first).toMatchObject({ nextAfter: 45, lastLine: 51, dropped: [] });
    expect(await page(lease.jobId, { after: 45, limit: 6 })).toMatchObject({ nextAfter: null, lines: { length: 6 } });
    expect(texts(await page(lease.jobId, { tail: 3 }))).toEqual(['line 49', 'line 50', 'oops']);
    expect((await page(lease.jobId, { stream: 'err' })).lines).toMatchObject([{ number: 51 }]);
    expect(await page(lease.jobId, { after: 51 })).toEqual({ lines: [], dropped: [], nextAfter: null, lastLine: 51 });
    expect(await page('unheard-of')).toEqual({ lines: [], dropped: [], nextAfter: null, lastLine: 0 });
  });

  test('lines that are not there are told: dropped by their writer, no longer kept, or damaged', async () => {
    const { store, writer, page } = server({ ...large, keepLines: 6 });
    const lease = await working(store);
    await writer.write(lease, 1, lines(1, 3));
    await writer.write(lease, 6, lines(6, 7));
    expect(await page(lease.jobId)).toMatchObject({ dropped: [{ from: 1, to: 1 }, { from: 4, to: 5 }] });
    const damaged = Buffer.concat([gzipSync('{"text":"whole"}\n').subarray(0, 20), Buffer.from([1, 0, 0, 0])]);
    await writer.append(lease, { firstLine: 8, lineCount: 2, body: damaged });
    const odd = Buffer.from('no json\n{"text":5,"level":"loud"}\n');
    await writer.append(lease, { firstLine: 10, lineCount: 3, body: odd });
    const { lines: read, dropped } = await page(lease.jobId);
    expect(dropped).toEqual([{ from: 1, to: 6 }, { from: 8, to: 9 }, { from: 12, to: 12 }]);
    expect(read.map(({ number, text }) => [number, text])).toEqual([[7, 'line 7'], [10, 'no json'], [11, '']]);
  });

  test('a chunk that unpacks to more than it says is not unpacked', async () => {
    const { store, writer, page } = server();
    const lease = await working(store);
    const bomb = gzipSync(Buffer.alloc(20 * maxChunkBytes, '{}\n'));
    bomb.writeUInt32LE(100, bomb.byteLength - 4);
    await writer.append(lease, { firstLine: 1, lineCount: 3, body: bomb });
    expect(await page(lease.jobId)).toEqual({ lines: [], dropped: [{ from: 1, to: 3 }], nextAfter: null, lastLine: 3 });
  });
});

describe('following', () => {
  async function take(groups: AsyncIterator<readonly FollowedLog[]>, count: number): Promise<FollowedLog[]> {
    const taken: FollowedLog[] = [];
    while (taken.length < count) {
      const next = await groups.next();
      if (next.done === true) return taken;
      taken.push(...next.value.filter(({ type }) => type !== 'position'));
    }
    return taken;
  }
  const shown = (followed: readonly FollowedLog[]) =>
    followed.map((one) => {
      if (one.type === 'line') return one.line.text;
      return one.type === 'dropped' ? [one.from, one.to] : one.type;
    });

  test('tells what there is, each line as it comes, and the end', async () => {
    const { store, writer, follow } = server();
    const lease = await working(store);
    await writer.write(lease, 1, lines(1, 5));
    const followed = follow(lease.jobId, { tail: 2 });
    expect(shown(await take(followed, 2))).toEqual(['line 4', 'line 5']);
    const next = take(followed, 1);
    await writer.write(lease, 6, lines(6, 6));
    expect(shown(await next)).toEqual(['line 6']);
    await writer.write(lease, 7, lines(7, 7));
    await end(store, lease);
    expect(shown(await take(followed, 3))).toEqual(['line 7', 'end']);
    expect(shown(await take(follow(lease.jobId, { after: 7 }), 3))).toEqual(['end']);
  });

  test('one that is slow is told what it missed, and goes on', async () => {
    const { store, writer, follow } = server({ ...large, keepLines: 1_000 });
    const lease = await working(store);
    await writer.write(lease, 1, lines(1, 600));
    const followed = follow(lease.jobId);
    const first = await take(followed, 500);
    for (let from = 601; from <= 10_000; from += 100) await writer.write(lease, from, lines(from, from + 99));
    await end(store, lease);
    const rest = await take(followed, Infinity);
    expect([first.length, first[0]]).toEqual([500, { type: 'line', line: { number: 1, ...line('line 1') } }]);
    expect(shown(rest.slice(100, 102))).toEqual([[601, 9_000], 'line 9001']);
    expect(rest).toHaveLength(100 + 1 + 1_000 + 1);
  });
});

describe('sealing', () => {
  test('makes one object of the log that unpacks to it, and readers find every line there', async () => {
    const { store, writer, page, seal, objects } = server();
    const lease = await working(store);
    for (let from = 1; from <= 20_000; from += 500) await writer.write(lease, from, lines(from, from + 499));
    await writer.write(lease, 20_011, lines(20_011, 20_020));
    await end(store, lease);
    expect(await seal(lease.jobId)).toBe(true);
    const [key = '', ...more] = await objectsOf(objects);
    expect([key, more]).toEqual([expect.stringMatching(`^logs/user-1/${lease.jobId}/[^/]+\\.ndjson\\.gz$`), []]);
    const body = Buffer.from(await new Response((await objects.get(key))?.body).arrayBuffer());
    expect(gunzipSync(body).toString().trimEnd().split('\n').map((json) => JSON.parse(json).text)).toEqual(
      texts({ lines: [...lines(1, 20_000), ...lines(20_011, 20_020)] }),
    );
    const log = await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1 });
    expect(log).toMatchObject({ chunks: [], lastLine: 20_020, file: { bytes: body.byteLength, lastLine: 20_020 } });
    expect(log?.file?.parts.length).toBeGreaterThan(3);
    const deep = await page(lease.jobId, { after: 19_950 });
    expect(texts(deep)).toEqual(texts({ lines: [...lines(19_951, 20_000), ...lines(20_011, 20_020)] }));
    expect(deep.dropped).toEqual([{ from: 20_001, to: 20_010 }]);
    expect(texts(await page(lease.jobId, { after: 4_990, limit: 20 }))).toEqual(texts({ lines: lines(4_991, 5_010) }));
  });

  test('puts a small log together in the store, and leaves no object', async () => {
    const { store, writer, page, seal, objects } = server({ ...large, minObjectBytes: 65_536 });
    const lease = await working(store);
    for (let number = 1; number <= 30; number++) await writer.write(lease, number, lines(number, number));
    await end(store, lease);
    expect(await seal(lease.jobId)).toBe(true);
    expect((await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1_000_000 }))?.chunks).toHaveLength(1);
    expect(texts(await page(lease.jobId))).toEqual(texts({ lines: lines(1, 30) }));
    expect(await objectsOf(objects)).toEqual([]);
  });

  test('keeps no more of it than is kept, and copies what is packed well as it is', async () => {
    const { store, writer, page, seal } = server({ ...large, keepLines: 2_500 });
    const lease = await working(store);
    const random = Array.from({ length: 3_000 }, () => line(`${Math.random()}${Math.random()}`));
    for (let from = 0; from < 3_000; from += 1_000) {
      await writer.write(lease, from + 1, random.slice(from, from + 1_000));
    }
    const before = await store.logs.read(lease.jobId, { fromLine: 2_001, maxBytes: 1_000_000 });
    await end(store, lease);
    await seal(lease.jobId);
    const { file } = (await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1 })) ?? {};
    expect(file?.parts.map(({ firstLine, lineCount }) => [firstLine, lineCount])).toEqual([
      [501, 500], [1_001, 1_000], [2_001, 1_000],
    ]);
    expect((file?.bytes ?? 0) - (file?.parts[2]?.offset ?? 0)).toBe(before?.chunks[0]?.body.byteLength);
    expect(texts(await page(lease.jobId, { after: 500, limit: 1 }))).toEqual([random[500]?.text]);
  });

  test('a large log is sealed whole, again when its job has run again, and not while it grows', async () => {
    const kept = { ...large, keepLines: 40_000 };
    const { store, writer, seal, deps, objects } = server(kept);
    const said: LogLine[] = [];
    const write = async (lease: WorkLease, first: number, count: number, length: number): Promise<void> => {
      const some = Array.from({ length: count }, () => line(randomBytes(length).toString('base64')));
      await writer.write(lease, first, some);
      said.push(...some);
    };
    const sealedTexts = async (): Promise<readonly string[]> => {
      const file = (await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1 }))?.file;
      const body = Buffer.from(await new Response((await objects.get(file?.objectKey ?? ''))?.body).arrayBuffer());
      expect(body.byteLength).toBe(file?.bytes);
      return gunzipSync(body).toString().trimEnd().split('\n').map((json) => JSON.parse(json).text);
    };
    const lease = await working(store);
    let first = 1;
    for (let round = 0; round < 60; round += 1) {
      for (const [count, length] of [[700, 60], [3, 60], [1, 60], [40, 60]] as const) {
        await write(lease, first, count, length);
        first += count;
      }
    }
    await end(store, lease);
    let next: WorkLease | null = null;
    const growing: ObjectStore['put'] = async (...args) => {
      next = await again(store, lease);
      await write(next, 1, 10, 60);
      return objects.put(...args);
    };
    expect(await seal(lease.jobId, { ...deps, objects: { ...objects, put: growing } })).toBe(false);
    await end(store, next!);
    expect(await seal(lease.jobId)).toBe(true);
    expect(await sealedTexts()).toEqual(texts({ lines: said.slice(-kept.keepLines) }));
    expect(said.length).toBeGreaterThan(kept.keepLines);
    next = await again(store, lease);
    await write(next, 1, 20, 60);
    await end(store, next);
    expect(await seal(lease.jobId)).toBe(true);
    expect(await sealedTexts()).toEqual(texts({ lines: said.slice(-kept.keepLines) }));
  });

  test('a job that runs again goes on with its numbers, and is sealed anew with the old part', async () => {
    const { store, writer, page, seal, objects } = server();
    const lease = await working(store);
    await writer.write(lease, 1, lines(1, 3));
    await end(store, lease);
    await seal(lease.jobId);
    const [old] = await objectsOf(objects);
    const next: WorkLease = await again(store, lease);
    await writer.write(next, 1, lines(4, 5));
    expect(texts(await page(lease.jobId))).toEqual(texts({ lines: lines(1, 5) }));
    await end(store, lease);
    await seal(lease.jobId);
    expect((await page(lease.jobId)).lines.map(({ number, text }) => [number, text]).at(-1)).toEqual([5, 'line 5']);
    expect(texts(await page(lease.jobId))).toEqual(texts({ lines: lines(1, 5) }));
    expect(await store.logs.looseObjects({ now: 1, leaseMs: 1, limit: 10 })).toEqual([old]);
    expect((await store.logs.read(lease.jobId, { fromLine: 1, maxBytes: 1 }))?.file?.parts).toHaveLength(1);
  });

  /** What a call of the port's does before the process dies, if it does it at all. */
  const deaths = (['expectObject', 'seal', 'put'] as const)
    .flatMap((call) => [[call, 'before'], [call, 'after']] as const);

  test.each(deaths)('goes on after the process died in %s, %s it was done', async (call, when) => {
    const { store, writer, page, seal, objects, deps } = server();
    const lease = await working(store);
    await writer.write(lease, 1, lines(1, 3));
    await end(store, lease);
    const dying = <A extends unknown[], T>(done: (...args: A) => Promise<T>) => async (...args: A): Promise<T> => {
      if (when === 'after') await done(...args);
      throw new Error('died');
    };
    const { logs } = store;
    const fatalLogs = {
      ...logs,
      ...(call === 'seal' && { seal: dying(logs.seal) }),
      ...(call === 'expectObject' && { expectObject: dying(logs.expectObject) }),
    };
    const fatalObjects = call === 'put' ? { ...objects, put: dying(objects.put) } : objects;
    const fatal = { ...deps, objects: fatalObjects, store: { ...store, logs: fatalLogs } };
    await expect(seal(lease.jobId, fatal)).rejects.toThrow('died');
    if (call !== 'seal' || when === 'before') expect(await seal(lease.jobId)).toBe(true);
    expect(await logs.unsealed({ after: '', limit: 10 })).toEqual([]);
    const kept = (await logs.read(lease.jobId, { fromLine: 1, maxBytes: 1 }))?.file?.objectKey;
    // What is left over is known, and goes.
    const loose = await logs.looseObjects({ now: Date.UTC(2030, 0, 1), leaseMs: 1, limit: 10 });
    expect(loose).not.toContain(kept);
    expect([...(await objectsOf(objects))].every((key) => key === kept || loose.includes(key))).toBe(true);
    expect(texts(await page(lease.jobId))).toEqual(texts({ lines: lines(1, 3) }));
  });

  test('an object that was replaced while it was about to be read is looked for anew', async () => {
    const { store, writer, seal, objects, deps } = server();
    const lease = await working(store);
    await writer.write(lease, 1, lines(1, 3));
    await end(store, lease);
    await seal(lease.jobId);
    const next = await again(store, lease);
    const replacing = async (...args: Parameters<ObjectStore['get']>): ReturnType<ObjectStore['get']> => {
      if (replacing.times++ > 0) return objects.get(...args);
      await writer.write(next, 1, lines(4, 4));
      await end(store, lease);
      await seal(lease.jobId);
      await objects.delete([args[0]]);
      return objects.get(...args);
    };
    replacing.times = 0;
    const reader = new LogReader({ ...deps, objects: { ...objects, get: replacing } });
    expect((await reader.piece(lease.jobId, 1, () => 1)).lines.map(({ text }) => text)).toEqual(
      ['line 1', 'line 2', 'line 3', 'line 4'],
    );
    const without = new LogReader({ ...deps, objects: { ...objects, get: async () => null } });
    await expect(without.piece(lease.jobId, 1, () => 1)).rejects.toThrow('is not there');
  });
});
