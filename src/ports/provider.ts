/**
 * Providers start and remove ephemeral workers. A worker is one process, container or pod that runs the agent, which
 * dials back to a server.
 *
 * Every method can be repeated after a crash with the same worker id: `provision` returns the existing worker, and
 * terminating a worker that is gone is not an error. Methods throw ProviderFailure if the provider fails or refuses,
 * InvariantViolation for a value outside its range (a bug in the caller), and the signal's reason once `signal` is
 * aborted. An aborted call may have left its work half done; calling it again continues from there.
 */
import { InvariantViolation } from '../domain/errors.ts';

export interface Provider {
  /** "process", "docker", "kubernetes". */
  readonly type: string;
  readonly capabilities: ProviderCapabilities;
  /**
   * The host name or address by which workers reach this server's machine; null if the provider cannot know it, in
   * which case it has to be configured. `networkMode` as in `WorkerSpec`.
   */
  serverHost(networkMode: string | null): string | null;
  /**
   * The address of this machine that `serverHost` stands for, if a server that listens on loopback only cannot be
   * reached there; null if there is none. Absent if workers reach loopback, or run elsewhere.
   */
  gatewayAddress?(signal: AbortSignal): Promise<string | null>;
  /**
   * Identifies the infrastructure that this server reaches, 1 to 200 characters: a server that gets another answer
   * cannot see these workers. Absent if all servers reach the same, as with a cluster.
   *
   * @throws ProviderFailure when it cannot be told now
   */
  site?(signal: AbortSignal): Promise<string>;
  /** Starts a worker. Resolves when the infrastructure has accepted it, which is before the agent registers. */
  provision(spec: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle>;
  /** The worker's current status. */
  inspect(workerId: string, signal: AbortSignal): Promise<WorkerStatus>;
  /**
   * Stops the worker and removes everything it leaves behind. Sends SIGTERM, and SIGKILL after `graceMs` (an integer, 0
   * to 600,000; 0 kills as soon as the provider can). Resolves when the worker is gone.
   */
  terminate(workerId: string, options: { readonly graceMs: number }, signal: AbortSignal): Promise<void>;
  /** All workers with this provider's id that exist, in any state. Used to find orphans. */
  list(signal: AbortSignal): Promise<readonly WorkerHandle[]>;
  /**
   * Removes workers with another provider's id that ended, or were made and never started, longer than `afterMs` ago:
   * whoever would have removed them is gone for good. Answers with their ids; some may be left for the next call.
   * Absent if such workers leave nothing that can be found.
   */
  removeAbandoned?(afterMs: number, signal: AbortSignal): Promise<readonly string[]>;
  /** Checks whether workers can be started right now. Never throws. */
  test(signal: AbortSignal): Promise<ProviderHealth>;
  /**
   * Calls `onEnded` at least once for each worker with this provider's id that has exited or is gone, whatever the
   * cause, including those that exited before the watch began. Reconnects by itself. `onEnded` must not throw.
   * Absent if the provider cannot observe workers.
   */
  watch?(onEnded: (workerId: string, status: WorkerStatus) => void): ProviderWatch;
  /** Stops all watches and closes connections. Workers keep running. */
  close(): Promise<void>;
}

export interface ProviderWatch {
  /** After it resolves, `onEnded` is not called again. */
  stop(): Promise<void>;
}

/** What workers of this provider support, for schedulers to choose by. */
export interface ProviderCapabilities {
  /** Whether workers run in an image, which a job can choose. */
  readonly images: boolean;
  /** Whether limits on CPU, memory and disk are enforced. */
  readonly limits: boolean;
  readonly gpu: boolean;
  /** The network modes that a job can choose. */
  readonly networkModes: readonly string[];
}

/**
 * Describes a worker. A provider refuses an image, GPU or network mode that it does not support as `invalid`. It
 * ignores limits that it cannot enforce (`capabilities.limits`).
 */
export interface WorkerSpec {
  /** UUID in lower case. The process, container or pod is named `waybill-worker-<worker id>`. */
  readonly workerId: string;
  /** 1 to 512 characters; null for the provider's default. */
  readonly image: string | null;
  /** 0.01 to 1,024; null for the provider's default. */
  readonly cpuCores: number | null;
  /** A positive integer; null for the provider's default. */
  readonly memoryBytes: number | null;
  /** A positive integer; null for the provider's default. */
  readonly diskBytes: number | null;
  /** 0 to 64. */
  readonly gpuCount: number;
  /** One of the provider's `networkModes`; null for its default. */
  readonly networkMode: string | null;
  /** At most 64, in Kubernetes' syntax for labels. `workerLabels` are added and take precedence. */
  readonly labels: Readonly<Record<string, string>>;
  /** For the agent only; the command's environment comes with its assignment. Providers add `ownVariables`. */
  readonly agentEnvironment: Readonly<Record<string, string>>;
  /** Maximum lifetime in milliseconds, enforced by providers that can; null for no limit. */
  readonly lifetimeMs: number | null;
}

export interface WorkerHandle {
  readonly workerId: string;
  /** The provider's own id for it: a container id, `namespace/pod`, a process id. */
  readonly resourceId: string;
  /** Milliseconds since 1970; null if unknown. */
  readonly createdAt: number | null;
}

export type WorkerStatus =
  /** Accepted but not running yet. `problem` is the provider's explanation for a delay, if it gives one. */
  | { readonly state: 'starting'; readonly problem: string | null }
  | { readonly state: 'running' }
  | ExitedStatus
  | { readonly state: 'gone' };

export interface ExitedStatus {
  readonly state: 'exited';
  /** 0 to 255; null if it was killed by a signal, or if unknown. */
  readonly exitCode: number | null;
  /** Such as "SIGKILL"; null if it exited by itself, or if unknown. */
  readonly signal: string | null;
  /** Whether it exceeded its memory limit, as far as the provider can tell. */
  readonly outOfMemory: boolean;
  /** A message for the job's error, at most 1,000 characters; null if there is none. */
  readonly reason: string | null;
}

export interface ProviderHealth {
  readonly healthy: boolean;
  /** One sentence: what is wrong and what to do about it, or what was found ("Docker 28.2.2, API 1.50"). */
  readonly message: string;
  /** Duration of the check in milliseconds. */
  readonly latencyMs: number;
}

export type ProviderFailureCode =
  /** The provider's API does not respond. */
  | 'unreachable'
  /** The image does not exist locally and could not be pulled. */
  | 'image_missing'
  /** It has no room at the moment. */
  | 'capacity'
  /** The request was rejected: the configuration or the job has to change. */
  | 'invalid'
  /** The credentials are wrong or lack a permission. */
  | 'forbidden'
  | 'failed';

export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly code: ProviderFailureCode;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor(
    code: ProviderFailureCode,
    message: string,
    options: { readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
  }
}

/** The name of the worker's container or pod. */
export function workerName(workerId: string): string {
  return `waybill-worker-${workerId}`;
}

/** The labels of every worker's container or pod, by which lists and watches select. */
export function workerLabels(providerId: string, workerId: string): Readonly<Record<string, string>> {
  return { ...providerLabels(providerId), [workerIdLabel]: workerId };
}

/** The subset of `workerLabels` that all workers of a provider share. */
function providerLabels(providerId: string): Readonly<Record<string, string>> {
  return { [managedLabel]: 'true', [providerIdLabel]: providerId };
}

/** `providerLabels` as selectors, each `name=value`. */
export function providerSelectors(providerId: string): string[] {
  return Object.entries(providerLabels(providerId)).map((pair) => pair.join('='));
}

const managedLabel = 'waybill-managed';
/** Selects the workers of all providers. */
export const managedSelector = `${managedLabel}=true`;
export const workerIdLabel = 'waybill-worker';
export const providerIdLabel = 'waybill-provider';

/**
 * The variables that providers add to every agent's environment: the worker's id, which agents pass on to commands so
 * that the process provider can find detached processes, and an empty, writable directory to run the command in.
 */
export function ownVariables(workerId: string, workDirectory: string): Readonly<Record<string, string>> {
  return { WAYBILL_WORKER_ID: workerId, WAYBILL_WORK_DIR: workDirectory };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const labelKey = /^(?=.{1,63}$)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const labelValue = /^(?=.{0,63}$)([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/;
const environmentName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
const encoder = new TextEncoder();
const maxEnvironmentBytes = 128 * 1024;
const maxGraceMs = 600_000;

/** Throws InvariantViolation unless the id is safe in names, labels and paths. */
export function assertWorkerId(workerId: string): void {
  require(uuid.test(workerId), `worker id ${JSON.stringify(workerId)} must be a UUID in lower case`);
}

export function assertGrace(graceMs: number): void {
  require(Number.isInteger(graceMs) && graceMs >= 0 && graceMs <= maxGraceMs,
    `graceMs is ${graceMs}; it must be an integer, 0 to ${maxGraceMs}`);
}

/** Throws InvariantViolation if a field is outside the range that `WorkerSpec` documents. */
export function assertWorkerSpec(spec: WorkerSpec): void {
  assertWorkerId(spec.workerId);
  const { image, cpuCores, gpuCount, labels, agentEnvironment } = spec;
  require(image === null || /^\S{1,512}$/.test(image), 'an image has 1 to 512 characters and no space');
  const isCores = cpuCores === null || (cpuCores >= 0.01 && cpuCores <= 1_024);
  require(isCores, `cpuCores is ${cpuCores}; it must be 0.01 to 1024`);
  assertBytes('memoryBytes', spec.memoryBytes);
  assertBytes('diskBytes', spec.diskBytes);
  require(Number.isInteger(gpuCount) && gpuCount >= 0 && gpuCount <= 64, `gpuCount is ${gpuCount}; it must be 0 to 64`);
  require(Object.keys(labels).length <= 64, 'a worker has at most 64 labels');
  for (const [key, value] of Object.entries(labels)) {
    require(labelKey.test(key) && labelValue.test(value), `label ${JSON.stringify(key)} is not valid in Kubernetes`);
  }
  let bytes = 0;
  for (const [name, value] of Object.entries(agentEnvironment)) {
    const isVariable = environmentName.test(name) && !value.includes('\0');
    require(isVariable, `${JSON.stringify(name)} is not a valid environment variable`);
    bytes += encoder.encode(value).length + name.length + 2;
  }
  const isShort = bytes <= maxEnvironmentBytes;
  require(isShort, `the agent's environment has ${bytes} bytes, ${maxEnvironmentBytes} is the most`);
}

function assertBytes(name: string, value: number | null): void {
  const isBytes = value === null || (Number.isSafeInteger(value) && value >= 1);
  require(isBytes, `${name} is ${value}; it must be a positive integer`);
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new InvariantViolation(message);
}
