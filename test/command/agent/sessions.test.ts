import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, toJson } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterEach, describe, expect, test } from 'vitest';
import { AssignmentSchema, RunState } from '../../../src/contract/proto/generated/waybill/v1/agent_pb.ts';
import { job, makeFolder, onStop, ran, resultOf, startAgent, startServer, stopAll } from './harness.ts';
import { isAlive } from './processes.ts';
import { registrationToken, sessionToken } from './strict-server.ts';
import { startProxy } from './tcp-proxy.ts';

afterEach(stopAll);

/** A command that writes a line whenever it finds time to, until the file is there. */
const untilThere = (file: string) => `n=0; until [ -e ${file} ]; do n=$((n+1)); echo $n; sleep 0.01; done; echo end`;
const numbered = (count: number) => [...Array.from({ length: count - 1 }, (_each, n) => `out: ${n + 1}`), 'out: end'];

describe('an agent', () => {
  test('ends well when it is drained without a run', async () => {
    const server = await startServer();
    const agent = await startAgent([server]);
    await server.until(() => server.isConnected);
    server.say({ case: 'drain', value: { reason: 'idle' } });
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    expect(agent.output()).toBe('');
    expect(server.registers[0]).toMatchObject({ workerId: agent.workerId, token: registrationToken, runs: [] });
  });

  test('ends after the run that it has when it is drained', async () => {
    const server = await startServer();
    const agent = await startAgent([server]);
    const assignment = job('echo go; sleep 0.3; echo end');
    server.assign(assignment);
    await server.until(() => server.of(assignment.run).lines.length > 0);
    server.say({ case: 'drain', value: { reason: 'too old' } });
    expect((await resultOf(server, assignment)).lines).toEqual(['out: go', 'out: end']);
    expect(await agent.ended).toEqual({ code: 0, signal: null });
  });

  test('takes the next job when its server has the result of the last one', async () => {
    const server = await startServer();
    await startAgent([server]);
    for (const text of ['one', 'two', 'three'])
      expect((await ran(server, job(`echo ${text}`))).lines).toEqual([`out: ${text}`]);
    expect(server.faults).toEqual([]);
  });

  test('sends heartbeats with its runs and resource usage', async () => {
    const server = await startServer({ heartbeatMs: 50 });
    await startAgent([server]);
    const assignment = job('head -c 1000000 /dev/zero >file; echo go; while :; do :; done');
    server.assign(assignment);
    const isThere = () => {
      const {
        runs: [run],
        usage,
      } = server.heartbeats.at(-1) ?? { runs: [] };
      return run?.logLines === 1n && (usage?.diskBytes ?? 0n) >= 1_000_000n;
    };
    await server.until(isThere);
    const { runs } = server.heartbeats.at(-1)!;
    expect(runs).toMatchObject([{ run: assignment.run, state: RunState.RUNNING, logLines: 1n }]);
    await server.until(() => (server.heartbeats.at(-1)?.usage?.memoryBytes ?? 0n) > 100_000n);
    await server.until(() => (server.heartbeats.at(-1)?.usage?.cpuCores ?? 0) > 0.1);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends its command, sends the result and ends after %s', async (signal) => {
    const server = await startServer();
    const agent = await startAgent([server]);
    const assignment = job('echo go; sleep 300');
    server.assign(assignment);
    await server.until(() => server.of(assignment.run).lines.length > 0);
    agent.process.kill(signal);
    const { reason, result } = await resultOf(server, assignment);
    expect(reason).toBe('INFRASTRUCTURE_ERROR');
    expect(result.message).toBe(`The worker was stopped while it ran the job: it got ${signal}.`);
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    expect(server.drains).toEqual([`it got ${signal}`]);
    expect(readdirSync(agent.folder)).toEqual([]);
  });

  test('survives cut connections without losing or duplicating anything', async () => {
    const server = await startServer();
    const proxy = await startProxy(server);
    await startAgent([proxy]);
    const file = join(makeFolder(), 'end');
    const assignment = job(untilThere(file));
    server.assign(assignment);
    for (let cuts = 1; cuts <= 5; cuts += 1) {
      const before = server.of(assignment.run).lastLine;
      await server.until(() => server.registers.length === cuts && server.of(assignment.run).lastLine > before + 10);
      if (cuts % 2 === 0) server.cut();
      else proxy.reset();
    }
    await server.until(() => server.registers.length === 6);
    writeFileSync(file, '');
    const { lines } = await resultOf(server, assignment);
    expect(lines).toEqual(numbered(lines.length));
    expect(server.faults).toEqual([]);
    expect(server.registers.map(({ token }) => token)).toEqual([
      registrationToken,
      ...Array<string>(5).fill(sessionToken),
    ]);
    expect(server.registers[1]!.runs).toMatchObject([{ run: assignment.run, state: RunState.RUNNING }]);
    expect(server.of(assignment.run).accepted).toBe(6);
  });

  test.each(['accepted', 'started', 'logBatch', 'logAck', 'result', 'resultAck'])(
    'says %s again when the connection broke before it was heard',
    async (what) => {
      const server = await startServer();
      await startAgent([server]);
      let isLost = false;
      server.admits = (message) => {
        if (isLost || (message.case as string) !== what) return true;
        isLost = true;
        server.cut();
        return false;
      };
      const { lines, result } = await ran(server, job('echo one; sleep 0.3; echo two'));
      expect(lines).toEqual(['out: one', 'out: two']);
      expect(result.exitCode).toBe(0);
      await server.until(() => server.registers.length === 2);
      expect((await ran(server, job('echo three'))).lines).toEqual(['out: three']);
      expect(server.faults).toEqual([]);
    },
  );

  test('notices a silent server, and connects to another one', async () => {
    const journal = join(makeFolder(), 'journal');
    const settings = { heartbeatMs: 200, leaseMs: 1_500 };
    const first = await startServer({ journal, ...settings });
    const proxy = await startProxy(first);
    // Nothing listens at the second one until the agent has its session with the first.
    const reserved = await startServer();
    reserved.stop();
    await startAgent([proxy, reserved], { WAYBILL_AGENT_ORPHAN_MS: '20000' });
    const assignment = await begun(first, 'echo go; sleep 300');
    proxy.blackhole();
    const second = await startServer({ journal, port: reserved.port, ...settings });
    second.assign(assignment);
    await second.until(() => second.isConnected);
    expect(second.registers[0]).toMatchObject({ token: sessionToken, runs: [{ run: assignment.run }] });
    second.say({ case: 'cancel', value: { run: assignment.run, reason: '' } });
    expect((await resultOf(second, assignment)).lines).toEqual(['out: go']);
    expect(second.faults).toEqual([]);
  });

  test('opens another session when a server sends a malformed message', async () => {
    const server = await startServer();
    const agent = await startAgent([server]);
    const assignment = await begun(server, 'echo go; sleep 0.2; echo end');
    server.write(Buffer.from([0xff, 0xff]));
    expect((await resultOf(server, assignment)).lines).toEqual(['out: go', 'out: end']);
    await server.until(() => server.registers.length === 2);
    expect(agent.output()).toContain('no session with');
  });

  test('is killed when it is not heard of: it ends its command, and itself', async () => {
    const server = await startServer({ heartbeatMs: 100, leaseMs: 1_500 });
    const proxy = await startProxy(server);
    const agent = await startAgent([proxy], { WAYBILL_AGENT_ORPHAN_MS: '500' });
    const { run } = await begun(server, 'echo $$; exec sleep 305');
    const pid = Number(server.of(run).lines[0]!.text);
    proxy.blackhole();
    expect(await agent.ended).toEqual({ code: 1, signal: null });
    expect(agent.output()).toMatch(/No server was heard of for \d+ s/);
    expect(isAlive(pid)).toBe(false);
  });

  test('that was frozen for longer than its lease ends its command', async () => {
    const server = await startServer({ heartbeatMs: 100, leaseMs: 1_500 });
    const agent = await startAgent([server], { WAYBILL_AGENT_ORPHAN_MS: '500' });
    const { run } = await begun(server, 'echo $$; exec sleep 306');
    const pid = Number(server.of(run).lines[0]!.text);
    agent.process.kill('SIGSTOP');
    const stopped = performance.now();
    await expect.poll(() => performance.now() - stopped, { timeout: 10_000 }).toBeGreaterThan(2_100);
    expect(isAlive(pid)).toBe(true);
    agent.process.kill('SIGCONT');
    expect((await agent.ended).code).toBe(1);
    expect(isAlive(pid)).toBe(false);
  });

  test('that was frozen for less continues', async () => {
    const server = await startServer({ heartbeatMs: 100, leaseMs: 60_000 });
    const agent = await startAgent([server]);
    const file = join(makeFolder(), 'end');
    const assignment = job(untilThere(file));
    server.assign(assignment);
    await server.until(() => server.of(assignment.run).lines.length > 0);
    agent.process.kill('SIGSTOP');
    await server.until(() => !server.isConnected);
    agent.process.kill('SIGCONT');
    await server.until(() => server.isConnected);
    writeFileSync(file, '');
    const { lines } = await resultOf(server, assignment);
    expect(lines).toEqual(numbered(lines.length));
    expect(server.faults).toEqual([]);
  });

  test('kills a command whose lease is lost, and sends no result', async () => {
    const server = await startServer();
    await startAgent([server]);
    const { run } = await begun(server, 'trap "" TERM; echo $$; exec sleep 307');
    const pid = Number(server.of(run).lines[0]!.text);
    server.say({ case: 'rejected', value: { run, code: 'lease_lost', message: 'another worker has it' } });
    expect((await ran(server, job('echo next'))).lines).toEqual(['out: next']);
    await server.until(() => !isAlive(pid));
    expect(server.results).toHaveLength(1);
  });

  test('gives up a log that its server refuses, and keeps the result', async () => {
    const server = await startServer();
    await startAgent([server]);
    const assignment = job('echo one; sleep 0.3; echo two');
    server.admits = (message) => {
      if (message.case !== 'logBatch' || message.value.firstLine !== 1n) return true;
      server.say({
        case: 'rejected',
        value: { run: assignment.run, code: 'invalid_request', message: 'no such chunk' },
      });
      return false;
    };
    const { result } = await ran(server, assignment);
    expect(result.logLines).toBe(2n);
    expect(server.of(assignment.run).lines).toMatchObject([{ number: 2, text: 'two' }]);
  });

  test('resends what a server could not process for the moment', async () => {
    const server = await startServer();
    await startAgent([server]);
    const assignment = job('echo one');
    let refusals = 0;
    server.admits = (message) => {
      if (!['logBatch', 'result'].includes(String(message.case)) || refusals % 2 === 1) return (refusals += 1) > 0;
      refusals += 1;
      server.say({
        case: 'rejected',
        value: { run: assignment.run, code: 'unavailable', message: 'the store does not answer' },
      });
      return false;
    };
    const { lines } = await ran(server, assignment);
    expect(lines).toEqual(['out: one']);
    expect(server.faults).toEqual([]);
  });

  test('ends when no server knows it', async () => {
    const server = await startServer({ registrationToken: 'another' });
    const agent = await startAgent([server]);
    expect(await agent.ended).toEqual({ code: 1, signal: null });
    expect(agent.output()).toContain('The server does not know this worker: The worker is unknown');
  });

  test.each([
    [{ WAYBILL_AGENT_SERVERS: 'nowhere' }, 'WAYBILL_AGENT_SERVERS must be 1 to 16 servers as host:port'],
    [{ WAYBILL_AGENT_TOKEN: '' }, 'WAYBILL_AGENT_TOKEN must be the token'],
    [{ WAYBILL_WORKER_ID: 'x' }, 'WAYBILL_WORKER_ID must be the UUID'],
    [{ WAYBILL_AGENT_ORPHAN_MS: '-1' }, 'WAYBILL_AGENT_ORPHAN_MS must be whole milliseconds'],
  ])('does not start with %j', async (variables, message) => {
    const agent = await startAgent([{ address: '127.0.0.1:1' }], variables);
    expect((await agent.ended).code).toBe(78);
    expect(agent.output()).toContain(message);
  });
});

describe('a server that is killed', () => {
  test('repeatedly misses nothing of a run, and duplicates nothing', async () => {
    const folder = makeFolder();
    const [journal, assignments, file] = ['journal', 'assignments', 'end'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const assignment = job(`${untilThere(file)}; exit 3`);
    writeFileSync(
      assignments,
      JSON.stringify([toJson(AssignmentSchema, create(AssignmentSchema, assignment as never))]),
    );
    const program = fileURLToPath(new URL('./server-program.ts', import.meta.url));
    const start = async (port: number): Promise<readonly [ChildProcess, number]> => {
      const child = fork(program, [String(port), journal, assignments]);
      onStop(() => child.kill('SIGKILL'));
      const [message] = (await once(child, 'message')) as [{ port: number }];
      return [child, message.port];
    };
    const written = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length : 0);
    let [child, port] = await start(0);
    await startAgent([{ address: `127.0.0.1:${port}` }]);
    for (let kills = 0; kills < 4; kills += 1) {
      const before = written();
      await expect.poll(written, { interval: 5, timeout: 15_000 }).toBeGreaterThan(before + 6);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      [child, port] = await start(port);
    }
    const before = written();
    await expect.poll(written, { interval: 5, timeout: 15_000 }).toBeGreaterThan(before + 3);
    const said = once(child, 'message');
    writeFileSync(file, '');
    expect((await said)[0]).toEqual({ faults: [], result: 3 });
    const entries = readFileSync(journal, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as [string, { lines?: { number: number; text: string }[] }]);
    const lines = entries.flatMap(([, entry]) => entry.lines ?? []);
    expect(lines.map(({ number }) => number)).toEqual(lines.map((_each, n) => n + 1));
    expect(lines.map(({ text }) => `out: ${text}`)).toEqual(numbered(lines.length));
  }, 60_000);
});

async function begun(server: Awaited<ReturnType<typeof startServer>>, command: string) {
  const assignment = job(command, { grace: durationFromMs(60_000) });
  server.assign(assignment);
  await server.until(() => server.of(assignment.run).lines.length > 0);
  return assignment;
}
