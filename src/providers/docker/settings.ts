import type { DockerTls } from './connection.ts';

export interface DockerProviderSettings {
  /** UUID. */
  readonly providerId: string;
  /** As DOCKER_HOST: `unix:///var/run/docker.sock`, which is the default, or `tcp://host:port`. */
  readonly host?: string;
  readonly tls?: DockerTls | null;
  /** The worker image (`importWorkerImage`), for jobs that name none; others get the agent mounted from it. */
  readonly defaultImage: string;
  /** What starts the agent, if every image has one of its own; null, which is the default: they have not. */
  readonly agentCommand?: readonly string[] | null;
  /** When an image is pulled; "if-missing" unless given. */
  readonly pull?: PullPolicy;
  /** By the registry's host as images name it; "docker.io" for those that name none. */
  readonly registries?: Readonly<Record<string, RegistryLogin>>;
  /** For jobs that name none; "bridge" unless given. */
  readonly network?: string;
  /** What jobs may name besides; none unless given. "host" gives a job the server's own network. */
  readonly networkModes?: readonly string[];
  /** Whether jobs may have GPUs, which needs the NVIDIA container toolkit. */
  readonly gpu?: boolean;
  /** For jobs that name none. Defaults: 1 core, 512 MiB, 1 GiB. */
  readonly cpuCores?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  /** Most processes and threads of a worker; 512 unless given. */
  readonly maxProcesses?: number;
  /** User, or user:group, in the container; default: the image's own. */
  readonly user?: string;
  /**
   * Whether a job can write to no more than `/tmp` and its working directory, which are in memory, share `diskBytes`
   * each, and count as the worker's memory; true unless given. False: the image's whole file system, without a limit.
   */
  readonly readOnlyRoot?: boolean;
  /** Linux capabilities that workers keep; none unless given. */
  readonly keepCapabilities?: readonly string[];
  /** Absolute path; "/work" unless given. Where the image does not have it, any user can write to it. */
  readonly workDirectory?: string;
  /** How long a call may take, in ms; 30,000 unless given. */
  readonly timeoutMs?: number;
  /** How long a pull may take, in ms; 600,000 unless given. */
  readonly pullTimeoutMs?: number;
  /** Between looks at what has ended beside the Engine's events, in ms; 30,000 unless given. */
  readonly watchIntervalMs?: number;
}

/** "never": images are built or loaded here. "always": before each worker, so that a tag that moved is noticed. */
export type PullPolicy = 'never' | 'if-missing' | 'always';

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

const MiB = 1024 ** 2;

export const defaults = {
  host: 'unix:///var/run/docker.sock', pull: 'if-missing', network: 'bridge', cpuCores: 1, memoryBytes: 512 * MiB,
  diskBytes: 1_024 * MiB, maxProcesses: 512, workDirectory: '/work', timeoutMs: 30_000, pullTimeoutMs: 600_000,
  watchIntervalMs: 30_000,
} as const;
