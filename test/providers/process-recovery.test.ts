import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Provider, WorkerSpec } from '../../src/ports/provider.ts';
import { createProcessProvider } from '../../src/providers/process/index.ts';

const { signal } = new AbortController();
const moduleUrl = new URL('../../src/providers/process/index.ts', import.meta.url).href;

describe('processes of a server that has ended', () => {
  let stateFolder: string;
  let providerId: string;
  let provider: Provider;
  let workerId: string;
  const folder = () => join(stateFolder, providerId, workerId);
  const spec = (): WorkerSpec => ({
    workerId, image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null,
    labels: {}, agentEnvironment: {}, lifetimeMs: null,
  });
  const settings = (script: string) => ({
    providerId, stateFolder, agentCommand: ['/bin/sh', '-c', script] as [string, ...string[]], watchIntervalMs: 20,
  });
  const open = (script: string) => createProcessProvider(settings(script));
  it('shows nobody what only the agent is to know', async () => {
    provider = open('printf %s "$TOKEN" >token; exec sleep 60');
    const agentEnvironment = { TOKEN: `it's "quoted"\n$HOME \\ and long: ${'x'.repeat(20_000)}` };
    const { resourceId } = await provider.provision({ ...spec(), agentEnvironment }, signal);
    await expect.poll(() => readFileSync(join(folder(), 'work', 'token'), 'utf8')).toBe(agentEnvironment.TOKEN);
    expect(readFileSync(`/proc/${resourceId}/environ`, 'utf8')).not.toContain('TOKEN');
    expect(readFileSync(`/proc/${resourceId}/cmdline`, 'utf8')).not.toContain('quoted');
  });

  /** Another server process provisions the worker, and is killed. */
  async function provisionElsewhere(script: string): Promise<number> {
    const program = `
      import { createProcessProvider } from ${JSON.stringify(moduleUrl)};
      const provider = createProcessProvider(${JSON.stringify(settings(script))});
      const worker = await provider.provision(${JSON.stringify(spec())}, new AbortController().signal);
      console.log(worker.resourceId);
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '--eval', program];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    server.kill('SIGKILL');
    await once(server, 'exit');
    return Number(line);
  }
  const isAlive = (pid: number) => {
    try {
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  };

  beforeEach(() => {
    stateFolder = mkdtempSync(join(tmpdir(), 'waybill-process-'));
    providerId = randomUUID();
    workerId = randomUUID();
    provider = open('exit 1');
  });
  afterEach(async () => {
    await provider.terminate(workerId, { graceMs: 0 }, signal);
    await provider.close();
    rmSync(stateFolder, { recursive: true });
  });

  it('run on, are found and ended by the next server', async () => {
    const pid = await provisionElsewhere('while :; do sleep 0.1; done');
    expect(await provider.inspect(workerId, signal)).toEqual({ state: 'running' });
    expect(await provider.list(signal)).toMatchObject([{ workerId, resourceId: String(pid) }]);
    expect(await provider.provision(spec(), signal)).toMatchObject({ resourceId: String(pid) });
    await provider.terminate(workerId, { graceMs: 5_000 }, signal);
    expect(isAlive(pid)).toBe(false);
  });

  it('leave their exit code to the next server, which is notified of their end', async () => {
    await provisionElsewhere('until [ -e go ]; do sleep 0.02; done; exit 9');
    const told = new Promise((resolve) => provider.watch?.((id, status) => resolve({ id, ...status })));
    writeFileSync(join(folder(), 'work', 'go'), '');
    expect(await told).toMatchObject({ id: workerId, state: 'exited', exitCode: 9 });
  });

  it('are never confused with a process that got their pid later', async () => {
    const stranger = spawn('/bin/sh', ['-c', 'while :; do sleep 0.1; done'], { detached: true, stdio: 'ignore' });
    await once(stranger, 'spawn');
    const [boot, stat] = [
      readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      readFileSync(`/proc/${stranger.pid}/stat`, 'utf8').trim(),
    ];
    const [head = '', tail = ''] = stat.split(') ');
    const earlier = tail.split(' ').map((field, index) => (index === 19 ? String(Number(field) - 1) : field)).join(' ');
    const otherBoot = boot.replace(/./g, '0');
    for (const identity of [`${boot}\n${head}) ${earlier}\n`, `${otherBoot}\n${stat}\n`]) {
      mkdirSync(join(folder(), 'work'), { recursive: true });
      writeFileSync(join(folder(), 'identity'), identity);
      expect(await provider.inspect(workerId, signal)).toMatchObject({ state: 'exited', exitCode: null, signal: null });
      await provider.terminate(workerId, { graceMs: 0 }, signal);
      expect(await provider.inspect(workerId, signal)).toEqual({ state: 'gone' });
      expect(isAlive(stranger.pid ?? 0)).toBe(true);
    }
    stranger.kill('SIGKILL');
  });

  it('are started once by a server that finds only their folder', async () => {
    mkdirSync(join(folder(), 'work'), { recursive: true });
    expect(await provider.inspect(workerId, signal)).toEqual({ state: 'starting', problem: null });
    expect(await provider.list(signal)).toMatchObject([{ workerId, createdAt: null }]);
    await open('sleep 60').provision(spec(), signal);
    expect(await provider.inspect(workerId, signal)).toEqual({ state: 'running' });
  });

  it('are ended without the supervisor, whose death leaves the agent behind', async () => {
    const runner = open('echo $$ >pid; while :; do sleep 0.1; done');
    const supervisor = await runner.provision(spec(), signal);
    const agent = await new Promise<number>((resolve) => {
      const look = () => {
        const found = statSync(join(folder(), 'work', 'pid'), { throwIfNoEntry: false })?.size ?? 0;
        if (found === 0) setImmediate(look);
        else resolve(Number(readFileSync(join(folder(), 'work', 'pid'), 'utf8')));
      };
      look();
    });
    process.kill(Number(supervisor.resourceId), 'SIGKILL');
    await provider.terminate(workerId, { graceMs: 5_000 }, signal);
    expect(isAlive(agent)).toBe(false);
  });

  it('have a folder that only their user may read', async () => {
    await provider.provision(spec(), signal);
    for (const path of [join(stateFolder, providerId), folder(), join(folder(), 'work')]) {
      expect(statSync(path).mode & 0o777).toBe(0o700);
    }
  });

  it('say why they could not be started', async () => {
    const missing = createProcessProvider({ ...settings(''), agentCommand: ['/no/such/agent'] });
    const aboutAgent = expect.stringContaining('/no/such/agent');
    expect(await missing.test(signal)).toMatchObject({ healthy: false, message: aboutAgent });
    const told = new Promise((resolve) => missing.watch?.((_, status) => resolve(status)));
    await missing.provision(spec(), signal);
    expect(await told).toMatchObject({ exitCode: 127, reason: aboutAgent });
    await missing.close();
    writeFileSync(join(stateFolder, 'file'), '');
    const nowhere = createProcessProvider({ ...settings(''), stateFolder: join(stateFolder, 'file') });
    const cannotWrite = expect.stringMatching(/^Cannot write/);
    expect(await nowhere.test(signal)).toMatchObject({ healthy: false, message: cannotWrite });
    await expect(nowhere.provision(spec(), signal)).rejects.toMatchObject({ code: 'failed', retryable: true });
  });
});
