/** A worker as a container: its definition, and the Engine's report on it. */
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { defaults, type DockerProviderSettings } from './settings.ts';
import { passedOnExit } from '../../ports/provider-exit.ts';
import {
  ownVariables,
  providerIdLabel,
  ProviderFailure,
  workerLabels,
  type WorkerSpec,
  type WorkerStatus,
} from '../../ports/provider.ts';
import { agentInAnyImage } from '../../ports/worker-image.ts';

/** The name by which containers reach their host. */
export const gatewayName = 'host.docker.internal';

/** `agentContainer`: the container that the agent is mounted from; null if the image contains it. */
export function createOptions(
  spec: WorkerSpec,
  settings: DockerProviderSettings,
  agentContainer: string | null,
): ContainerCreateOptions {
  const { user, workDirectory = defaults.workDirectory } = settings;
  const agentCommand = settings.agentCommand ?? (agentContainer === null ? null : agentInAnyImage);
  const environment = { ...spec.agentEnvironment, ...ownVariables(spec.workerId, workDirectory) };
  return {
    Image: spec.image ?? settings.defaultImage,
    ...(agentCommand === null ? {} : { Entrypoint: [...agentCommand], Cmd: [] }),
    ...(user === undefined ? {} : { User: user }),
    Env: Object.entries(environment).map((pair) => pair.join('=')),
    Labels: { ...spec.labels, ...workerLabels(settings.providerId, spec.workerId) },
    HostConfig: {
      ...hostConfig(spec, settings),
      ...(agentContainer === null ? {} : { VolumesFrom: [`${agentContainer}:ro`] }),
    },
  };
}

function hostConfig(spec: WorkerSpec, settings: DockerProviderSettings): ContainerCreateOptions['HostConfig'] {
  const networkMode = spec.networkMode ?? settings.network ?? defaults.network;
  const memory = spec.memoryBytes ?? settings.memoryBytes ?? defaults.memoryBytes;
  const { readOnlyRoot = true, keepCapabilities = [], workDirectory = defaults.workDirectory } = settings;
  const size = spec.diskBytes ?? settings.diskBytes ?? defaults.diskBytes;
  const options = `rw,exec,nosuid,nodev,mode=1777,size=${size}`;
  return {
    // Reaps orphans and forwards signals, which PID 1 ignores unless it handles them.
    Init: true,
    // The exit status has to stay readable; `terminate` removes the container.
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    NetworkMode: networkMode,
    ...(networkMode === 'host' ? {} : { ExtraHosts: [`${gatewayName}:host-gateway`] }),
    NanoCpus: Math.round((spec.cpuCores ?? settings.cpuCores ?? defaults.cpuCores) * 1e9),
    Memory: memory,
    // Equal to Memory: no swap.
    MemorySwap: memory,
    PidsLimit: settings.maxProcesses ?? defaults.maxProcesses,
    CapDrop: ['ALL'],
    CapAdd: [...keepCapabilities],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: readOnlyRoot,
    // WorkingDir is not set, because Docker would create it with mode 0755, which the tmpfs then takes over.
    Tmpfs: readOnlyRoot ? { '/tmp': options, [workDirectory]: options } : {},
    // Only the agent's own output, for error messages. The agent sends the job's log itself.
    LogConfig: { Type: 'local', Config: { 'max-size': '1m', 'max-file': '1', compress: 'false' } },
    ...(spec.gpuCount === 0 ? {} : {
      DeviceRequests: [{ Driver: 'nvidia', Count: spec.gpuCount, Capabilities: [['gpu']] }],
    }),
  };
}

/** Refuses what this provider is not configured for. */
export function assertOffered(spec: WorkerSpec, settings: DockerProviderSettings): void {
  const { networkModes = [], network = defaults.network, gpu = false } = settings;
  const refuse = (message: string): never => {
    throw new ProviderFailure('invalid', message, { retryable: false });
  };
  const mode = spec.networkMode;
  if (mode !== null && mode !== network && !networkModes.includes(mode)) {
    refuse(`The network mode ${mode} is not allowed here; choose one of ${[network, ...networkModes].join(', ')}.`);
  }
  if (spec.gpuCount > 0 && !gpu) refuse('This provider has no GPUs: choose another provider.');
}

/** Null if it belongs to another provider, or to none. */
export function ownContainer(info: ContainerInspectInfo | null, providerId: string): ContainerInspectInfo | null {
  return info?.Config.Labels[providerIdLabel] === providerId ? info : null;
}

/** `output`: the last part of the agent's output. */
export function statusOf(info: ContainerInspectInfo, output: string | null): WorkerStatus {
  const { Status, ExitCode, OOMKilled, Error: problem } = info.State;
  if (Status === 'created' || Status === 'restarting') return { state: 'starting', problem: problem || null };
  if (Status === 'running' || Status === 'paused') return { state: 'running' };
  const outOfMemory = OOMKilled && ExitCode !== 0;
  const limit = info.HostConfig.Memory ?? 0;
  const beyond = `It exceeded its limit of ${Math.floor(limit / 1024 ** 2)} MiB of memory.`;
  return { state: 'exited', ...passedOnExit(ExitCode), outOfMemory, reason: outOfMemory ? beyond : problem || output };
}
