import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished, vi } from 'vitest';
import { run, start as startProgram } from '../cli/program.ts';
import { newWorker } from '../contract/task/tasks.ts';
import { newUser } from '../contract/user.ts';
import { startTestServer, type StartedServer } from './server.ts';

export interface LogStore {
  readonly env: Readonly<Record<string, string>>;
  /** The rows of a statement on the database of a folder. */
  query(folder: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const at = '2026-11-22T09:30:00.000Z';
const tables = ['job_logs', 'log_chunks', 'log_files', 'log_objects'];

/** What becomes of logs, whatever the store is: through servers that start and stop. */
export function logRules(open: () => Promise<LogStore>): void {
  async function running(env: Readonly<Record<string, string>> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-logs-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { env: ofStore, query } = await open();
    const start = (port = '0'): Promise<StartedServer> =>
      startTestServer({ ...ofStore, ...env, WAYBILL_DATA: folder, PORT: port });
    return { folder, start, query: (sql: string) => query(folder, sql) };
  }
  const as = (server: StartedServer) => {
    const target = { name: 'node', url: server.url, workerUrl: server.url, workerSecret: '', close: async () => {} };
    return { user: newUser(target as never, 'mira'), worker: newWorker(target as never) };
  };
  const said = (from: number, to: number, message = (number: number): string => `line ${number}`) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ at, level: 'info', message: message(from + i) }));
  const random = (): string => randomBytes(32).toString('hex');

  it('are followed by a program over a restart of the server, which loses and repeats nothing', async () => {
    const { start } = await running();
    let server = await start();
    const { port } = new URL(server.url);
    const { user, worker } = as(server);
    const { id } = (await user.post('/api/v1/jobs', { type: 'import', data: null })).body.data;
    const [{ leaseId } = { leaseId: '' }] = await worker.take('import');
    const write = (from: number, to: number) =>
      worker.report({ leaseId, type: 'log', firstLine: from, lines: said(from, to) });
    await write(1, 20);
    const env = { WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'mira' };
    const following = startProgram(['job', 'logs', '--id', id, '-f', '--tail', '5'], { env });
    await following.says(/line 20\n/);
    await write(21, 21);
    await following.says(/line 21\n/);
    await server.close();
    server = await start(port);
    await write(21, 30);
    await worker.report({ leaseId, type: 'complete' });
    const { status, stdout } = await following.ended;
    expect(status).toBe(0);
    expect(stdout).toBe(said(16, 30).map(({ message }) => `${at} info  ${message}\n`).join(''));
    const all = await run(['job', 'logs', id, '--json'], { env });
    expect(all.stdout.trimEnd().split('\n').map((line) => JSON.parse(line).number)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    expect((await run(['job', 'logs', id, '--after', '29', '--stream', 'log'], { env })).stdout).toMatch(/line 30\n$/);
    expect((await run(['job', 'logs', id], { env: { ...env, WAYBILL_TOKEN: 'eve' } })).status).toBe(66);
  });

  it('are in one object when their job has ended, which goes with it', async () => {
    const { start, query, folder } = await running();
    const server = await start();
    const { user, worker } = as(server);
    const ids: string[] = [];
    for (const lines of [3_000, 3]) {
      const { id } = (await user.post('/api/v1/jobs', { type: 'import', data: null })).body.data;
      const [{ leaseId } = { leaseId: '' }] = await worker.take('import');
      for (let from = 1; from <= lines; from += 500) {
        const some = said(from, Math.min(lines, from + 499), random);
        await worker.report({ leaseId, type: 'log', firstLine: from, lines: some });
      }
      await worker.report({ leaseId, type: 'complete' });
      ids.push(id);
    }
    const [large = '', small = ''] = ids;
    const rows = await vi.waitFor(async () => {
      const found = await query('SELECT job_id, storage_uri, size_bytes, entry_count FROM job_log_files');
      expect(found).toHaveLength(1);
      return found;
    }, 15_000);
    expect(rows).toMatchObject([{ job_id: large, storage_uri: expect.stringMatching(/^file:\/\//) }]);
    expect(rows.map(({ entry_count: lines, size_bytes: bytes }) => [Number(lines), Number(bytes) > 65_536])).toEqual(
      [[3_000, true]],
    );
    const objects = join(folder, 'objects', 'objects', 'logs.d', 'mira.d', `${large}.d`);
    expect(await readdir(objects)).toHaveLength(1);
    const unpacked = gunzipSync(readFileSync(fileURLToPath(String(rows[0]?.['storage_uri'])))).toString();
    expect(unpacked.trimEnd().split('\n')).toHaveLength(3_000);
    const first = JSON.parse(unpacked.split('\n', 1)[0] ?? '');
    expect(first).toMatchObject({ at: Date.parse(at), stream: 'log', level: 'info', attempt: 1 });
    const page = (await user.get(`/api/jobs/${large}/logs?after=2990`)).body.data;
    expect(page.lines.map(({ number }: { number: number }) => number)).toEqual(
      Array.from({ length: 10 }, (_, index) => 2_991 + index),
    );
    expect((await user.get(`/api/jobs/${small}/logs`)).body.data.lines).toHaveLength(3);
    await user.post('/api/v1/jobs/bulk', { action: 'delete', ids });
    await vi.waitFor(async () => {
      expect(existsSync(objects)).toBe(false);
      for (const table of tables) expect(await query(`SELECT * FROM ${table}`)).toEqual([]);
    }, 15_000);
    expect((await user.get(`/api/jobs/${large}/logs`)).status).toBe(404);
  });
}
