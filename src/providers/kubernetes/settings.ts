import { workerDefaults, type PullPolicy } from '../../ports/worker-image.ts';

/** What the configuration of a registered provider may say. */
export interface KubernetesConfig {
  /**
   * Absolute path of a kubeconfig. Default: inside a cluster the service account of the server's own pod, elsewhere
   * the file that KUBECONFIG names, or `~/.kube/config`.
   */
  readonly kubeconfig?: string;
  /** A context of the kubeconfig; default: its current one. */
  readonly context?: string;
  /** Default "waybill-workers". */
  readonly namespace?: string;
  /** Whether to create the namespace if it does not exist, which takes a right in the whole cluster; default false. */
  readonly createNamespace?: boolean;
  /** The worker image. Jobs that choose another image get the agent from this one. */
  readonly image?: string;
  /** Default "if-missing". */
  readonly pull?: PullPolicy;
  /** Names of secrets in the namespace with logins for registries; default none. */
  readonly imagePullSecrets?: readonly string[];
  /** Of the workers' pods, which get no token of it; default: the namespace's "default". */
  readonly serviceAccount?: string;
  /** Labels that nodes must have; default none. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Taints of nodes that workers tolerate; default none. */
  readonly tolerations?: readonly Toleration[];
  /** Whether jobs can use GPUs; default false. */
  readonly gpu?: boolean;
  /** The resource that a job's GPUs are requested as; default "nvidia.com/gpu". */
  readonly gpuResource?: string;
  /** Limits of jobs that set none: 1 core, 512 MiB, 1 GiB by default. Pods request as much as they may use. */
  readonly cpuCores?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  /** Numeric, "uid" or "uid:gid"; default "1000:1000". */
  readonly user?: string;
  /** Default true: a job can write only to `/tmp` and its working directory, each an emptyDir of `diskBytes`. */
  readonly readOnlyRoot?: boolean;
  /** Host name or address at which pods reach the server; default: inside a cluster that of the server's own pod. */
  readonly serverHost?: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly tolerationSeconds?: number;
}

export interface KubernetesProviderSettings extends KubernetesConfig {
  /** UUID. */
  readonly providerId: string;
  readonly image: string;
  /** The command that starts the agent, if every image contains one; default null: only `image` does. */
  readonly agentCommand?: readonly string[] | null;
  /** Absolute path; default "/work". */
  readonly workDirectory?: string;
  /** Timeout of one API call in ms; default 30,000. */
  readonly timeoutMs?: number;
  /**
   * How long a pod may take to be removed after its grace period, in ms; kubelets of Kubernetes 1.20 need up
   * to 70 s for one that has just started. Default 90,000.
   */
  readonly removalTimeoutMs?: number;
  /** How often pods are listed in addition to watching them, in ms; default 30,000. */
  readonly watchIntervalMs?: number;
}

export const defaults = {
  ...workerDefaults, namespace: 'waybill-workers', pull: 'if-missing', gpuResource: 'nvidia.com/gpu', user: '1000:1000',
  timeoutMs: 30_000, removalTimeoutMs: 90_000, watchIntervalMs: 30_000,
} as const;
