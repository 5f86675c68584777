import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { makeFolder, start, type Running } from '../cli/program.ts';
import { freePort } from '../postgres/embedded.ts';
import { startTestServer } from '../server/server.ts';

/** `npm run test:long -- --only=restarts` sets it. */
const isLong = process.env['WAYBILL_TEST_LONG'] === '1';
/** Between two lines of the command that outlives its servers. */
const pauseSeconds = isLong ? 5 : 0.25;
const infrastructure = { reason: 'INFRASTRUCTURE_ERROR', message: expect.any(String) as string };

describe('a command', () => {
  it('has all its lines, each once, though its server is stopped twice and killed once as it runs', async () => {
    const folder = makeFolder();
    onTestFinished(() => folder.remove());
    const [port, grpcPort] = [String(await freePort()), String(await freePort())];
    const args = ['serve', '--dev', '--port', port, '--data', folder.path];
    let server: Running;
    const serve = async (): Promise<void> => {
      server = start(args, { env: { GRPC_PORT: grpcPort } });
      await server.says(/^Waybill listens on/);
    };
    await serve();
    onTestFinished(() => void server.process.kill('SIGKILL'));
    const url = `http://127.0.0.1:${port}`;
    const client = createClient({ server: url, token: 'ada' });
    const command = `for i in $(seq 24); do echo "line $i"; sleep ${pauseSeconds}; done`;
    const { id } = await client.submitCommand({ body: { command } });
    const follower = start(['job', 'logs', '--id', id, '-f'], { env: { WAYBILL_SERVER: url, WAYBILL_TOKEN: 'ada' } });
    for (const [line, signal] of [[4, 'SIGTERM'], [10, 'SIGKILL'], [16, 'SIGTERM']] as const) {
      await follower.says(new RegExp(`^line ${line}$`, 'm'));
      server!.process.kill(signal);
      await server!.ended;
      await serve();
    }
    const lines = Array.from({ length: 24 }, (_, index) => `line ${index + 1}\n`).join('');
    const { status, stdout } = await follower.ended;
    expect([status, stdout]).toEqual([0, lines]);
    expect(await client.getJob({ params: { id } })).toMatchObject({ state: 'SUCCEEDED', attempt: 1, exitCode: 0 });
    const { lines: kept } = await client.jobLogs({ params: { id }, query: {} });
    expect(kept.map(({ text }) => `${text}\n`).join('')).toBe(lines);
    server!.process.kill('SIGTERM');
    expect((await server!.ended).status).toBe(0);
  }, isLong ? 300_000 : 60_000);

  it('whose worker is killed fails, or runs again if its policy allows, after its processes are gone', async () => {
    const { url, folder } = await startTestServer();
    const client = createClient({ server: url, token: 'ada' });
    const get = (id: string) => client.getJob({ params: { id } });
    const log = async (id: string): Promise<readonly string[]> =>
      (await client.jobLogs({ params: { id }, query: {} })).lines.map(({ text }) => text);
    const files = join(folder, 'files');
    mkdirSync(files);
    const once = 'if test -e "$MARK"; then echo again; else touch "$MARK"; echo $$; exec sleep 300; fi';
    const submit = async (name: string, more: object): Promise<string> => {
      const environment = { MARK: join(files, name) };
      return (await client.submitCommand({ body: { name, command: once, environment, ...more } })).id;
    };
    const lost = { maxAttempts: 2, backoff: { firstMs: 1, maxMs: 1 }, on: 'lost' as const };
    const [fragile, sturdy] = [await submit('fragile', {}), await submit('sturdy', { retry: lost })];
    const pids: number[] = [];
    for (const id of [fragile, sturdy]) {
      const [pid] = await vi.waitFor(async () => {
        const said = await log(id);
        expect(said).toHaveLength(1);
        return said;
      }, 20_000);
      pids.push(Number(pid));
      const { workers: [worker] } = await client.listFleetWorkers({ query: { job: id, state: 'BUSY' } });
      process.kill(Number(worker?.resourceId), 'SIGKILL');
    }
    await vi.waitFor(async () => {
      for (const id of [fragile, sturdy]) expect(await get(id)).toMatchObject({ endedAt: expect.any(String) });
    }, 30_000);
    expect(await get(fragile)).toMatchObject({ state: 'FAILED', attempt: 1, failure: infrastructure });
    expect(await get(sturdy)).toMatchObject({
      state: 'SUCCEEDED', attempt: 2,
      executions: [{ attempt: 1, failure: infrastructure }, { attempt: 2, exitCode: 0 }],
    });
    expect((await log(sturdy)).at(-1)).toBe('again');
    for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
    await vi.waitFor(async () => {
      const { workers } = await client.listFleetWorkers({ query: {} });
      expect(workers.map(({ state }) => state)).toEqual(['TERMINATED', 'TERMINATED', 'TERMINATED']);
    }, 20_000);
  }, 60_000);
});
