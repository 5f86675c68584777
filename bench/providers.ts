/**
 * How long a worker takes from the call that starts it to the first byte of its agent, a Node program that dials back:
 * as a process, and in a container beside a plain `docker run` of the same image. With the variables of
 * `npm run test:kubernetes` also in a pod beside a bare one, in the worker image and in one that gets the agent.
 *
 *   node bench/providers.ts [rounds]      10 unless said; needs Docker at its usual socket, and busybox-static
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider, WorkerSpec } from '../src/ports/provider.ts';
import { measuredCluster, type MeasuredCluster } from './providers/kubernetes.ts';
import { importWorkerImage } from '../src/providers/docker/image/index.ts';
import { createDockerProvider } from '../src/providers/docker/index.ts';
import { createProcessProvider } from '../src/providers/process/index.ts';

const rounds = Number(process.argv[2] ?? 10);
const image = 'waybill-bench:1';
const otherImage = 'waybill-bench-other:1';
const { signal } = new AbortController();
const agent = `
const { connect } = require('node:net');
const [host, port] = process.env.BENCH_SERVER.split(':');
connect(Number(port), host).on('connect', function () { this.write('.'); });
setInterval(() => {}, 60_000);
`;

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const agentFile = join(folder, 'agent.cjs');
writeFileSync(agentFile, agent);
// Containers reach the machine at the bridge, which is not loopback.
const server = createServer().listen(0, '0.0.0.0');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

async function firstByte(): Promise<number> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  await once(socket, 'data');
  socket.destroy();
  return performance.now();
}

async function measure(provider: Provider, ofJob: string | null = null): Promise<number> {
  const spec: WorkerSpec = {
    workerId: randomUUID(), image: ofJob, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0,
    networkMode: null, labels: {}, lifetimeMs: null,
    agentEnvironment: { BENCH_SERVER: `${provider.serverHost(null)}:${port}` },
  };
  const began = performance.now();
  const [arrived] = await Promise.all([firstByte(), provider.provision(spec, signal)]);
  await provider.terminate(spec.workerId, { graceMs: 0 }, signal);
  return arrived - began;
}

async function measureDockerRun(): Promise<number> {
  const name = `waybill-bench-${randomUUID()}`;
  const began = performance.now();
  const child = spawn('docker', [
    'run', '--rm', '--init', '--name', name, '--add-host', 'host.docker.internal:host-gateway',
    '--env', `BENCH_SERVER=host.docker.internal:${port}`, image,
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  const arrived = await firstByte();
  spawn('docker', ['kill', name], { stdio: 'ignore' });
  await once(child, 'exit');
  return arrived - began;
}

const providerId = randomUUID();
const inProcess = createProcessProvider({
  providerId, stateFolder: folder, agentCommand: [process.execPath, agentFile],
});
const inDocker = createDockerProvider({ providerId, defaultImage: image, pull: 'never' });
await importWorkerImage({ agentFile }, { image }, signal);

const cluster = await measuredCluster(image, otherImage);

async function measureBarePod({ provider, createBarePod }: MeasuredCluster): Promise<number> {
  const began = performance.now();
  const [arrived, remove] = await Promise.all([
    firstByte(), createBarePod(`${provider.serverHost(null)}:${port}`),
  ]);
  await remove();
  return arrived - began;
}

const ways: Record<string, () => Promise<number>> = {
  process: () => measure(inProcess), docker: () => measure(inDocker), 'docker run': measureDockerRun,
  ...(cluster === null ? {} : {
    kubernetes: () => measure(cluster.provider), 'other image': () => measure(cluster.provider, otherImage),
    'bare pod': () => measureBarePod(cluster),
  }),
};
const times: Record<string, number[]> = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const ms = await way();
    // The first of each warms up.
    if (round > 0) times[name]?.push(ms);
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
for (const [name, values] of Object.entries(times)) {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(Math.round);
  const base = ['kubernetes', 'other image', 'bare pod'].includes(name) ? 'bare pod' : 'docker run';
  const ratio = (median(values) / median(times[base] ?? [])).toFixed(2);
  console.log(`${name.padEnd(12)} ${Math.round(median(values))} ms (${least}–${most}), ${ratio} of ${base}`);
}

server.close();
await Promise.all([inProcess.close(), inDocker.close(), cluster?.close()]);
rmSync(folder, { recursive: true });
