import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { JobExecutionService } from '../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { placeOf } from '../../src/domain/job/id.ts';
import { createClient } from '../../src/main/client/index.ts';
import { RpcClient } from '../../src/worker/grpc/rpc-client.ts';
import { startTestServer } from './server.ts';

const { queueJob, listJobs } = JobExecutionService.method;
const never = new Date(Date.now() + 3_000 * 86_400_000).toISOString();
const day = 86_400_000;

function uuidOf(time: number): string {
  const digits = time.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${crypto.randomUUID().slice(24)}`;
}

/** As clients choose them: at random, from the far future, and from long ago; and left to the server. */
const choices = [
  () => crypto.randomUUID(), () => uuidOf(Date.UTC(2400, 0, 1)), () => uuidOf(Date.UTC(1999, 0, 1)), () => undefined,
];

const nextMillisecond = (after: number): Promise<void> => vi.waitFor(() => expect(Date.now()).toBeGreaterThan(after));

/** Jobs that wait, submitted by REST and gRPC in turn, each in a millisecond of its own; the oldest first. */
async function submitted(url: string, rpc: RpcClient, count: number): Promise<string[]> {
  const mira = createClient({ server: url, token: 'mira' });
  const admin = createClient({ server: url, token: 'admin' });
  await admin.registerProvider({ body: { name: 'yard', type: 'process', status: 'DISABLED' } });
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = choices[n % choices.length]!();
    if (n % 8 < 4) {
      const body = { command: 'make', runAt: never, labels: { team: 'a' }, ...(id !== undefined && { id }) };
      ids.push((await mira.submitCommand({ body })).id);
    } else {
      const jobId = id === undefined ? {} : { jobId: { value: id } };
      const scheduling = { preferredProvider: 'yard' };
      const queued = await rpc.unary(queueJob, {
        jobDefinition: { command: 'make', labels: { team: 'a' }, scheduling, ...jobId },
      });
      ids.push(queued.jobId!.value);
    }
    await nextMillisecond(Date.now());
  }
  return ids;
}

describe('command jobs whose ids are chosen by clients', () => {
  test('are listed once each, the newest first, and by the period in which they were made', async () => {
    const server = await startTestServer({ GRPC_PORT: '0' });
    const rpc = new RpcClient({ address: server.grpcAddress!, tls: null, token: 'mira' });
    onTestFinished(() => rpc.close());
    const newestFirst = (await submitted(server.url, rpc, 16)).toReversed();
    const mira = createClient({ server: server.url, token: 'mira' });
    for (const more of [{}, { label: ['team:a'] }, { status: 'PENDING' }]) {
      const found: { readonly id: string; readonly createdAt: string }[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await mira.listJobs({ query: { kind: 'command', limit: 3, ...more, ...(cursor && { cursor }) } });
        found.push(...page.jobs);
        cursor = page.nextCursor;
        expect(page.total).toBe(16);
      }
      expect(found.map(({ id }) => id)).toEqual(newestFirst);
      const [from, before] = [found[11]!.createdAt, found[4]!.createdAt];
      const within = await mira.listJobs({ query: { createdFrom: from, createdBefore: before, limit: 100, ...more } });
      expect(within.jobs.map(({ id }) => id)).toEqual(newestFirst.slice(5, 12));
    }
    const paged: string[] = [];
    for (let offset = 0; offset < 16; offset += 5) {
      const { jobs } = await rpc.unary(listJobs, { limit: 5, offset });
      paged.push(...jobs.map(({ jobId }) => jobId!.value));
    }
    expect(paged).toEqual(newestFirst);
    const searched = await rpc.unary(listJobs, { searchTerm: 'make', limit: 7, offset: 4 });
    expect(searched.jobs.map(({ jobId }) => jobId!.value)).toEqual(newestFirst.slice(4, 11));
    const wrong = await mira.call('listJobs', { query: { cursor: 'nowhere' } });
    expect(wrong).toMatchObject({ ok: false, error: { details: { fields: { cursor: expect.any(String) } } } });
  });

  test('are deleted when their time is over, and not before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-ids-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { WAYBILL_DATA: folder, GRPC_PORT: '0', RETENTION_DAYS: '30' };
    const first = await startTestServer(env);
    const rpc = new RpcClient({ address: first.grpcAddress!, tls: null, token: 'mira' });
    const ids = await submitted(first.url, rpc, 8);
    rpc.close();
    const mira = createClient({ server: first.url, token: 'mira' });
    for (const id of ids) await mira.cancelJob({ params: { id } });
    await first.close();
    // As if each had been made at another time: every other one ended more than 30 days ago.
    const database = new Database(join(folder, 'waybill.sqlite'));
    const age = database.prepare('UPDATE job_rows SET created_at = ?, ended_at = ?, place = ? WHERE id = ?');
    ids.forEach((id, n) => {
      const createdAt = Date.now() - (n % 2 === 0 ? 31 : 29) * day;
      age.run(createdAt, createdAt, placeOf({ id, createdAt }), id);
    });
    database.close();
    const second = createClient({ server: (await startTestServer(env)).url, token: 'mira' });
    const left = async (): Promise<string[]> =>
      (await second.listJobs({ query: { limit: 100 } })).jobs.map(({ id }) => id).toSorted();
    await vi.waitFor(async () => expect(await left()).toEqual(ids.filter((_, n) => n % 2 === 1).toSorted()), 10_000);
  });
});
