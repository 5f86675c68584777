import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { workerLabels, workerName, type Provider } from '../../src/ports/provider.ts';
import { createDockerProvider } from '../../src/providers/docker/index.ts';
import { createKubernetesProvider } from '../../src/providers/kubernetes/index.ts';
import { findDockerEngine, importBusybox } from './docker-engine.ts';
import { startTestCluster, type TestCluster } from './kubernetes-api/server.ts';

/** What servers have left behind that are gone for good, and that no other server will ask for. */

const { signal } = new AbortController();
const { docker, host, missing } = await findDockerEngine();
const image = 'waybill-test-busybox:1';
const label = 'abandoned-test';

const specOf = (script: string, run: string) => ({
  workerId: randomUUID(), image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0,
  networkMode: null, labels: { [label]: run }, lifetimeMs: null, agentEnvironment: { SCRIPT: script },
});

/** Starts a worker for each script. */
async function startAll(provider: Provider, run: string, scripts: readonly string[]): Promise<string[]> {
  const specs = scripts.map((script) => specOf(script, run));
  await Promise.all(specs.map((spec) => provider.provision(spec, signal)));
  return specs.map(({ workerId }) => workerId);
}

const stateOf = async (provider: Provider, workerId: string) => (await provider.inspect(workerId, signal)).state;
const ended = (provider: Provider, workerId: string) =>
  expect.poll(() => stateOf(provider, workerId), { timeout: 10_000 }).toBe('exited');

async function keepsTheRest(own: Provider, other: Provider, run: string): Promise<void> {
  const [failed = '', left = '', runs = ''] = await startAll(other, run, ['exit 3', 'exit 0', 'sleep 60']);
  const [mine = ''] = await startAll(own, run, ['exit 0']);
  await Promise.all([ended(other, failed), ended(other, left), ended(own, mine)]);
  expect(await own.removeAbandoned?.(3_600_000, signal)).toEqual([]);
  expect((await own.removeAbandoned?.(0, signal))?.toSorted()).toEqual([failed, left].sort());
  await expect.poll(() => stateOf(other, left)).toBe('gone');
  expect(await stateOf(other, failed)).toBe('gone');
  expect([await stateOf(other, runs), await stateOf(own, mine)]).toEqual(['running', 'exited']);
  expect(await own.removeAbandoned?.(0, signal)).toEqual([]);
  await other.terminate(runs, { graceMs: 0 }, signal);
  await own.terminate(mine, { graceMs: 0 }, signal);
}

describe('docker', () => {
  let engine: Server;
  const run = randomUUID();
  const open = (): Provider => {
    const made = createDockerProvider({
      providerId: randomUUID(), host: `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`, defaultImage: image,
      pull: 'never', agentCommand: ['/bin/sh', '-c', 'eval "$SCRIPT"'],
    });
    onTestFinished(() => made.close());
    return made;
  };
  beforeEach(async ({ skip }) => {
    skip(missing !== null, missing ?? '');
    await importBusybox(docker, image);
    engine = narrowed(host.replace('unix://', ''), `${label}=${run}`);
    await once(engine.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => void engine?.close());

  it('removes containers that ended long ago and whose provider is another one', () => keepsTheRest(
    open(), open(), run,
  ));

  it('removes a container that was made and never started', async () => {
    const own = open();
    const workerId = randomUUID();
    await docker.createContainer({
      name: workerName(workerId), Image: image, Cmd: ['true'],
      Labels: { ...workerLabels(randomUUID(), workerId), [label]: run },
    });
    expect(await own.removeAbandoned?.(60_000, signal)).toEqual([]);
    expect(await own.removeAbandoned?.(0, signal)).toEqual([workerId]);
    await expect(docker.getContainer(workerName(workerId)).inspect()).rejects.toThrow(/no such container/i);
  });
});

describe('kubernetes', () => {
  const namespace = 'abandoned-workers';
  let cluster: TestCluster;
  const open = (): Provider => {
    const made = createKubernetesProvider({
      providerId: randomUUID(), kubeconfig: cluster.kubeconfig(), namespace, image: 'worker:1',
      serverHost: '127.0.0.1', agentCommand: ['/bin/sh', '-c', 'eval "$SCRIPT"'],
    });
    onTestFinished(() => made.close());
    return made;
  };
  beforeEach(async () => {
    cluster = await startTestCluster(namespace);
    cluster.node.images.set('worker:1', []);
  });
  afterEach(() => cluster.close());

  it('removes pods that ended long ago and whose provider is another one, with their secrets', async () => {
    await keepsTheRest(open(), open(), randomUUID());
    await expect.poll(() => [...cluster.pods.all(), ...cluster.secrets.all()]).toEqual([]);
  });

  it('leaves a pod alone whose node has yet to start it', async () => {
    const [own, other] = [open(), open()];
    cluster.node.images.clear();
    const [waiting = ''] = await startAll(other, randomUUID(), ['exit 0']);
    expect(await own.removeAbandoned?.(0, signal)).toEqual([]);
    expect(await stateOf(other, waiting)).toBe('starting');
  });
});

/** The Engine, without containers of others in its lists. */
function narrowed(socketPath: string, selector: string): Server {
  return createServer((asked, answer) => {
    const url = new URL(asked.url ?? '/', 'http://engine');
    const filters = JSON.parse(url.searchParams.get('filters') ?? '{}') as { label?: string[] };
    if (url.pathname.endsWith('/containers/json')) {
      url.searchParams.set('filters', JSON.stringify({ ...filters, label: [...(filters.label ?? []), selector] }));
    }
    const { method, headers } = asked;
    const passed = request({ socketPath, path: `${url.pathname}${url.search}`, method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      given.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
}
