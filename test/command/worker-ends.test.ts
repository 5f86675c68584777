import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, type Client } from '../../src/main/client/index.ts';
import type { FleetSettings } from '../../src/ports/fleet.ts';
import { createProcessProvider } from '../../src/providers/process/index.ts';
import { AgentProcesses } from '../chaos/agents.ts';
import { startServeIn } from '../server/started.ts';
import { makeFolder } from '../cli/program.ts';
import { findDockerEngine } from '../providers/docker-engine.ts';
import { openTestServer } from '../server/server.ts';
import { isAlive } from './agent/processes.ts';
import { freePorts, ServerProgram } from './docker/job-server.ts';
import { workerImage } from './docker/worker-image.ts';

const waitMs = 90_000;

/** Resolves when what is asked for is as it should be. */
async function eventually<T>(
  ask: () => T | Promise<T>,
  holds: (found: T) => void,
  timeout = waitMs,
): Promise<void> {
  await vi.waitFor(async () => holds(await ask()), { timeout, interval: 50 });
}

interface Started {
  readonly folder: string;
  readonly client: Client;
  readonly agents: AgentProcesses;
  stop(): Promise<void>;
}

async function start(
  fleetTimes: Partial<FleetSettings>,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const server = await openTestServer({ GRPC_PORT: '0', ...env }, 'dev', { fleetTimes });
  const folder = env['WAYBILL_DATA'] ?? server.folder;
  const agents = new AgentProcesses(folder);
  onTestFinished(async () => {
    for (const pid of agents.all()) agents.signal(pid, 'SIGKILL');
    await server.remove();
  });
  return { folder, client: createClient({ server: server.url, token: 'ada' }), agents, stop: () => server.close() };
}

async function workersOf({ client }: Pick<Started, 'client'>, query: object = {}) {
  return (await client.listFleetWorkers({ query: { limit: 100, ...query } })).workers;
}

async function commandOf({ client }: Pick<Started, 'client'>, id: string) {
  return (await client.listCommands({ query: { limit: 100 } })).jobs.find((job) => job.id === id);
}

const stateOf = async (started: Pick<Started, 'client'>, id: string) => (await commandOf(started, id))?.state;

/** Resolves when a worker has been ended for this reason. */
async function endedBecause(started: Started, reason: string): Promise<string> {
  const found = async () => (await workersOf(started)).find(({ state, endReason }) => (
    state === 'TERMINATED' && endReason === reason
  ))?.id;
  await eventually(found, (found) => expect(found).toBeDefined());
  return (await found())!;
}

async function eventsOf({ client }: Started, id: string): Promise<readonly string[]> {
  return (await client.listJobEvents({ params: { id }, query: {} })).events.map(({ type }) => type);
}

describe('a server with workers', () => {
  test('ends a warm worker that is idle too long, and starts another one', async () => {
    const started = await start({});
    const { client } = started;
    await client.registerProvider({ body: { name: 'pool', type: 'process', pool: { size: 1, idleMs: 1_000 } } });
    const first = await endedBecause(started, 'It was idle for too long.');
    await eventually(() => workersOf(started, { state: 'READY' }), (found) => expect(found).toHaveLength(1));
    expect((await workersOf(started, { state: 'READY' }))[0]!.id).not.toBe(first);
  }, waitMs);

  test('ends a worker that is too old', async () => {
    const started = await start({ workerLifetimeMs: 1_500 });
    await started.client.registerProvider({ body: { name: 'pool', type: 'process', pool: { size: 1 } } });
    await endedBecause(started, 'It was too old.');
  }, waitMs);

  test('ends a worker that never registers, and its job waits for another one', async () => {
    // Nobody listens there.
    // Long enough for a look at deadlines, each five seconds, to come before the job's lease of twice that ends.
    const started = await start({ registerWithinMs: 8_000 }, { WAYBILL_SERVER_HOST: '127.0.0.9' });
    const { id } = await started.client.submitCommand({ body: { command: 'true' } });
    await endedBecause(started, 'Its agent did not register in time.');
    await eventually(() => workersOf(started, { job: id }), ({ length }) => expect(length).toBeGreaterThan(1));
    expect(await stateOf(started, id)).toMatch(/PENDING|ASSIGNED/);
    await started.client.cancelJob({ params: { id } });
    await eventually(() => stateOf(started, id), (found) => expect(found).toBe('CANCELLED'));
    await eventually(() => workersOf(started, { ended: false }), (found) => expect(found).toEqual([]));
  }, waitMs);

  test.each([
    ['fails, where it may not run again', 1, 'FAILED'], ['runs again, where it may', 2, 'SUCCEEDED'],
  ])('takes the job from an agent that is silent: it %s', async (_outcome, maxAttempts, state) => {
    const started = await start({ leaseMs: 2_000, heartbeatMs: 300 });
    const { client, agents } = started;
    const { id } = await client.submitCommand({
      body: {
        command: 'if [ "$WAYBILL_JOB_ATTEMPT" = 1 ]; then sleep 300; fi',
        retry: { maxAttempts, backoff: { firstMs: 0, maxMs: 0 } },
      },
    });
    await eventually(() => stateOf(started, id), (found) => expect(found).toBe('RUNNING'));
    const [agent] = agents.agents();
    agents.signal(agent!, 'SIGSTOP');
    await eventually(() => stateOf(started, id), (found) => expect(found).toBe(state));
    const { failure } = (await commandOf(started, id))!;
    expect(failure?.reason ?? null).toBe(state === 'FAILED' ? 'INFRASTRUCTURE_ERROR' : null);
    expect(await eventsOf(started, id)).toContain('WorkerLost');
    await eventually(() => workersOf(started, { ended: false }), (found) => expect(found).toEqual([]));
    expect(agents.all()).toEqual([]);
  }, waitMs);
});

describe('a worker that nobody knows', () => {
  test('is ended when its agent was started by hand with the files of a provider', async () => {
    const started = await start({ sweepMs: 500 });
    const { providers } = await started.client.listProviders({});
    const stray = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
    const byHand = createProcessProvider({
      providerId: providers.find(({ name }) => name === 'process')!.id, stateFolder: join(started.folder, 'workers'),
      agentCommand: ['/bin/sleep', '300'],
    });
    const spec = {
      workerId: stray, image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null,
      labels: {}, lifetimeMs: 3_600_000, agentEnvironment: {},
    };
    await byHand.provision(spec, AbortSignal.timeout(waitMs));
    const status = () => byHand.inspect(stray, AbortSignal.timeout(waitMs));
    await eventually(status, ({ state }) => expect(state).toBe('gone'));
    expect(started.agents.all()).toEqual([]);
    await byHand.close();
  }, waitMs);
});

/** They take over a minute each: `npm run test:long -- --only=workers` runs them. */
if (process.env['WAYBILL_TEST_LONG'] === '1') {
  test('a server restored from a backup ends the workers that it does not know within a minute', async () => {
    const data = makeFolder();
    onTestFinished(() => data.remove());
    const agents = new AgentProcesses(data.path);
    onTestFinished(() => void agents.all().forEach((pid) => agents.signal(pid, 'SIGKILL')));
    const store = ['waybill.sqlite'].map((name) => join(data.path, name));
    const first = await startServeIn({ data: data.path });
    await first.stop();
    for (const file of store) copyFileSync(file, `${file}.backup`);
    const second = await startServeIn({ data: data.path });
    const client = createClient({ server: second.url, token: 'mira' });
    const { id } = await client.submitCommand({ body: { command: 'sleep 300' } });
    await eventually(() => stateOf({ client }, id), (found) => expect(found).toBe('RUNNING'));
    second.process.kill('SIGKILL');
    await vi.waitFor(() => expect(second.process.signalCode ?? second.process.exitCode).not.toBeNull(), waitMs);
    expect(agents.all()).not.toEqual([]);
    for (const file of store) {
      for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      copyFileSync(`${file}.backup`, file);
    }
    const third = await startServeIn({ data: data.path });
    onTestFinished(() => third.stop());
    const ofProviders = join(data.path, 'workers');
    const folders = () => readdirSync(ofProviders).flatMap((provider) => readdirSync(join(ofProviders, provider)));
    await eventually(folders, (found) => expect(found).toEqual([]), 60_000);
    expect(agents.all()).toEqual([]);
  }, 120_000);

  test('commands of a server that is killed and whose folder is removed end within 90 s', async ({ skip }) => {
    const { docker, host, missing } = await findDockerEngine();
    skip(missing !== null, missing ?? '');
    const ports = await freePorts();
    const program = new ServerProgram({ docker, host, image: await workerImage(docker, host), ports });
    onTestFinished(() => program.close());
    const agents = new AgentProcesses(program.folder);
    await program.start();
    const { user } = program;
    const asked = ['docker', 'process'].map((provider) => (
      user.submitAnywhere('setsid sleep 4321 & exec sleep 4322', { requirements: { provider } })
    ));
    for (const id of await Promise.all(asked)) await user.until(id, 'RUNNING');
    const provider = await user.providerId();
    const running = async () => (await docker.listContainers({ filters: { label: [`waybill-provider=${provider}`] } }));
    const processes = agents.all();
    expect([processes.length, await running()]).toEqual([expect.toSatisfy((n) => n > 0), [expect.anything()]]);
    await program.close();
    await eventually(running, (found) => expect(found).toEqual([]), 100_000);
    await eventually(() => processes.filter(isAlive), (found) => expect(found).toEqual([]), 10_000);
    for (const { Id } of await docker.listContainers({
      all: true, filters: { label: [`waybill-provider=${provider}`] },
    })) await docker.getContainer(Id).remove();
  }, 180_000);

  test('workers of warm pools are forgotten after their time, those of a job as long as that is kept', async () => {
    const data = makeFolder();
    onTestFinished(() => data.remove());
    const env = { WAYBILL_DATA: data.path };
    const first = await start({}, env);
    await first.client.registerProvider({ body: { name: 'pool', type: 'process', pool: { size: 1, idleMs: 1_000 } } });
    const ofPool = await endedBecause(first, 'It was idle for too long.');
    const { id } = await first.client.submitCommand({
      body: { command: 'true', requirements: { provider: 'process' } },
    });
    const ofJob = async (started: Started) => (await workersOf(started, { job: id, state: 'TERMINATED' })).length;
    await eventually(() => ofJob(first), (found) => expect(found).toBe(1));
    await first.stop();
    const second = await start({ keepWorkersMs: 1 }, env);
    // What the clock says is believed after a while; then it is looked once a minute.
    const isForgotten = (found: Awaited<ReturnType<typeof workersOf>>): void => (
      expect(found.map((worker) => worker.id)).not.toContain(ofPool)
    );
    await eventually(() => workersOf(second), isForgotten, 90_000);
    expect(await ofJob(second)).toBe(1);
  }, 180_000);
}
