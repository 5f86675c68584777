import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LogStreamService, type JobLogEntry } from
  '../../../src/contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { JobState } from '../../../src/contract/proto/generated/waybill/v1/job_pb.ts';
import type { RpcClient } from '../../../src/worker/grpc/rpc-client.ts';
import { MetricsService } from '../../../src/contract/proto/generated/waybill/v1/metrics_service_pb.ts';
import { cancelJob, commandServer, openCommandServer, queue, statesOf, waits, watchJob } from './started.ts';

const { getLogFile, getLogs, streamLogs, subscribeLogs } = LogStreamService.method;
const { streamMetrics } = MetricsService.method;
const server = commandServer();
const unknown = '00000000-0000-4000-8000-000000000000';

async function entriesOf(client: RpcClient, request: { jobId: string; [field: string]: unknown }) {
  const entries: JobLogEntry[] = [];
  for await (const entry of client.stream(subscribeLogs, request)) entries.push(entry);
  return entries;
}

async function linesOf(client: RpcClient, request: object): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { entries } of client.stream(streamLogs, request)) lines.push(...entries.map(({ line }) => line));
  return lines;
}

describe('the log of a job that has ended', () => {
  test('is every line with its number and stream, by each of the calls', async () => {
    const ada = server().rpc('ada');
    const jobId = await queue(ada, 'echo a; echo b >&2; echo c');
    expect((await statesOf(ada, jobId)).at(-1)).toBe(JobState.SUCCEEDED);
    const entries = await entriesOf(ada, { jobId, includeHistory: true });
    expect(entries.map(({ line, isStderr, sequence }) => [line, isStderr, sequence])).toEqual([
      ['a', false, 1n], ['b', true, 2n], ['c', false, 3n],
    ]);
    expect(entries[0]).toMatchObject({ jobId, dropped: 0n, timestamp: { seconds: expect.any(BigInt) } });
    expect((await entriesOf(ada, { jobId, includeHistory: true, tailLines: 2 })).map(({ line }) => line))
      .toEqual(['b', 'c']);
    expect(await entriesOf(ada, { jobId })).toEqual([]);
    expect(await linesOf(ada, { jobId })).toEqual(['a', 'b', 'c']);
    const afterFirst = { case: 'afterSequence', value: 1n };
    expect(await linesOf(ada, { jobId, follow: true, start: afterFirst })).toEqual(['b', 'c']);
    expect(await linesOf(ada, { jobId, follow: true, start: { case: 'tailLines', value: 1 } })).toEqual(['c']);
    expect(await linesOf(ada, { jobId, start: { case: 'tailLines', value: 0 } })).toEqual([]);
    const first = await ada.unary(getLogs, { jobId, limit: 2 });
    expect(first).toMatchObject({ entries: [{ line: 'a' }, { line: 'b' }], hasMore: true, nextSequence: 2n });
    expect(await ada.unary(getLogs, { jobId, sinceSequence: first.nextSequence })).toMatchObject({
      entries: [{ line: 'c' }], hasMore: false, nextSequence: 3n,
    });
  });

  test('is a file that can be downloaded, as in REST', async () => {
    const { rpc, rest } = server();
    const ada = rpc('ada');
    const jobId = await queue(ada, 'for i in 1 2 3; do echo line $i; done');
    await expect(ada.unary(getLogFile, { jobId })).rejects.toMatchObject({
      grpcStatus: expect.stringMatching(/FAILED_PRECONDITION|UNAVAILABLE/),
    });
    await statesOf(ada, jobId);
    const look = () => ada.unary(getLogFile, { jobId }).catch(() => null);
    await expect.poll(look, { timeout: 15_000 }).not.toBeNull();
    const stored = await ada.unary(getLogFile, { jobId });
    const storageUri: unknown = expect.stringMatching(/^file:\/\/\/.*\.ndjson/);
    expect(stored).toMatchObject({ jobId, storageUri, entryCount: 3n });
    const body = Buffer.from(await (await fetch(stored.downloadUrl)).arrayBuffer());
    expect(BigInt(body.length)).toBe(stored.sizeBytes);
    expect(gunzipSync(body).toString().trim().split('\n').map((line) => (JSON.parse(line) as { text: string }).text))
      .toEqual(['line 1', 'line 2', 'line 3']);
    expect(await rest('ada').jobLogObject({ params: { id: jobId } })).toMatchObject({
      storageUri: stored.storageUri, sizeBytes: Number(stored.sizeBytes), entryCount: 3,
    });
  });

  test('is not found by others, nor where nothing was written', async () => {
    const { rpc } = server();
    const jobId = await queue(rpc('ada'), 'true');
    await statesOf(rpc('ada'), jobId);
    await expect(rpc('ada').unary(getLogFile, { jobId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    const eve = rpc('eve');
    await expect(eve.unary(getLogs, { jobId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    await expect(eve.unary(getLogFile, { jobId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    await expect(linesOf(eve, { jobId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    await expect(entriesOf(eve, { jobId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    await expect(linesOf(rpc('ada'), { jobId: unknown })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
  });
});

describe('the log of a job that runs', () => {
  test('arrives line by line as it is written, and ends with the job', async () => {
    const ada = server().rpc('ada');
    const jobId = await queue(ada, 'echo ready; read -r; echo done', { stdin: '' });
    expect((await entriesOf(ada, { jobId, includeHistory: true })).map(({ line }) => line)).toEqual(['ready', 'done']);
    const waiting = await queue(ada, 'echo waiting; sleep 60');
    const entries = ada.stream(subscribeLogs, { jobId: waiting, includeHistory: true })[Symbol.asyncIterator]();
    expect((await entries.next()).value).toMatchObject({ line: 'waiting', sequence: 1n });
    expect(await linesOf(ada, { jobId: waiting })).toEqual(['waiting']);
    await ada.unary(cancelJob, { jobId: { value: waiting } });
    expect((await entries.next()).done).toBe(true);
  });

  test('ends with DEADLINE_EXCEEDED, or at once for a client that cancels, and leaves nothing behind', async () => {
    const ada = server().rpc('ada');
    const jobId = await queue(ada, 'true', waits);
    const late = ada.stream(streamLogs, { jobId, follow: true }, { timeoutMs: 200 });
    expect(await late.ended).toMatchObject({ grpcStatus: 'DEADLINE_EXCEEDED' });
    const canceled = ada.stream(subscribeLogs, { jobId });
    canceled.cancel();
    expect(await canceled.ended).toMatchObject({ grpcStatus: 'CANCELLED' });
    // As many as a user may have at once: those before are given back.
    const streams = Array.from({ length: 20 }, () => ada.stream(subscribeLogs, { jobId }));
    await ada.unary(cancelJob, { jobId: { value: jobId } });
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(streams.map(() => null));
  });
});

test.each([
  ['a tail of less than nothing', { start: { case: 'tailLines', value: -1 } }, 'tail_lines'],
  ['a line before the first', { start: { case: 'afterSequence', value: -1n } }, 'after_sequence'],
  ['no job', { jobId: '' }, 'job_id'],
])('%s is refused with the path of the field', async (_, request, field) => {
  await expect(linesOf(server().rpc('ada'), { jobId: unknown, ...request })).rejects.toMatchObject({
    grpcStatus: 'INVALID_ARGUMENT', fields: { [field]: expect.any(String) },
  });
});

test('more lines than a page has are refused', async () => {
  await expect(server().rpc('ada').unary(getLogs, { jobId: unknown, limit: 1_001 })).rejects.toMatchObject({
    fields: { limit: expect.any(String) },
  });
});

test('a reader that stops reading delays nobody, and misses nothing that is kept', { timeout: 60_000 }, async () => {
  const ada = server().rpc('ada');
  // More than sockets and streams hold.
  const lines = 50_000;
  const jobId = await queue(ada, `sleep 0.2; seq ${lines}`);
  const slow = ada.stream(streamLogs, { jobId, follow: true });
  expect((await statesOf(ada, jobId)).at(-1)).toBe(JobState.SUCCEEDED);
  let [heard, missed, last] = [0, 0, 0n];
  for await (const { entries, dropped } of slow) {
    heard += entries.length;
    missed += Number(dropped);
    last = entries.at(-1)?.sequence ?? last;
  }
  expect([heard + missed, last]).toEqual([lines, BigInt(lines)]);
});

test('streams end with UNAVAILABLE when the server shuts down', async () => {
  const own = await openCommandServer();
  await own.rest('admin').registerProvider({ body: { name: 'yard', type: 'process', status: 'DISABLED' } });
  const ada = own.rpc('ada');
  const jobId = await queue(ada, 'true', waits);
  const streams = [
    ada.stream(streamLogs, { jobId, follow: true }), ada.stream(subscribeLogs, { jobId }),
    ada.stream(watchJob, { jobId: { value: jobId } }), ada.stream(streamMetrics, {}),
  ];
  // What comes later on the connection is answered later.
  await ada.unary(getLogs, { jobId });
  const ended = Promise.all(streams.map((stream) => stream.ended));
  await own.close();
  expect(await ended).toEqual(streams.map(() => expect.objectContaining({ grpcStatus: 'UNAVAILABLE' })));
});
