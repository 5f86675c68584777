import { workerDefaults, type PullPolicy } from '../../ports/worker-image.ts';
import type { DockerTls } from './connection.ts';

/** What the configuration of a registered provider may say. */
export interface DockerConfig {
  /** As DOCKER_HOST: `unix:///var/run/docker.sock`, which is the default, or `tcp://host:port`. */
  readonly host?: string;
  /** The worker image. Jobs that choose another image get the agent mounted from this one. */
  readonly image?: string;
  /** Default "if-missing". */
  readonly pull?: PullPolicy;
  /** The network of jobs that choose none; default "bridge". */
  readonly network?: string;
  /** Further networks that jobs can choose; default none. "host" gives a job access to the server's own network. */
  readonly networkModes?: readonly string[];
  /** Whether jobs can use GPUs, which requires the NVIDIA container toolkit; default false. */
  readonly gpu?: boolean;
  /** Limits of jobs that set none: 1 core, 512 MiB, 1 GiB by default. */
  readonly cpuCores?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  /** Maximum number of processes and threads in a worker; default 512. */
  readonly maxProcesses?: number;
  /** "user" or "user:group" in the container; default: the image's own. */
  readonly user?: string;
  /**
   * Default true: a job can write only to `/tmp` and its working directory. Each is a tmpfs of `diskBytes` that counts
   * towards the worker's memory. False: the whole file system is writable, without a limit.
   */
  readonly readOnlyRoot?: boolean;
}

export interface DockerProviderSettings extends Omit<DockerConfig, 'image'> {
  /** UUID. */
  readonly providerId: string;
  readonly tls?: DockerTls | null;
  /** As `DockerConfig.image` (`importWorkerImage`). */
  readonly defaultImage: string;
  /** The command that starts the agent, if every image contains one; default null: only `defaultImage` does. */
  readonly agentCommand?: readonly string[] | null;
  /** Keyed by the registry's host in image names; "docker.io" for names without one. */
  readonly registries?: Readonly<Record<string, RegistryLogin>>;
  /** Linux capabilities that workers keep; default none. */
  readonly keepCapabilities?: readonly string[];
  /** Absolute path; default "/work". If it exists in the image, the image's permissions apply. */
  readonly workDirectory?: string;
  /** Timeout of one API call in ms; default 30,000. */
  readonly timeoutMs?: number;
  /** Timeout of one pull in ms; default 600,000. */
  readonly pullTimeoutMs?: number;
  /** How often exited containers are listed in addition to following events, in ms; default 30,000. */
  readonly watchIntervalMs?: number;
}

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

export const defaults = {
  ...workerDefaults, host: 'unix:///var/run/docker.sock', pull: 'if-missing', network: 'bridge', maxProcesses: 512,
  timeoutMs: 30_000, pullTimeoutMs: 600_000, watchIntervalMs: 30_000,
} as const;
