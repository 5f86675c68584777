/**
 * Providers start and end workers: one process, container or pod each, that runs the agent and dials back to a server.
 *
 * Each method may be called again after any crash, with the same worker id: `provision` answers the worker that is
 * there, `terminate` of one that is gone is no error. They throw `ProviderFailure` when the provider does not do what
 * was asked, InvariantViolation for a value outside its range (the caller's bug), and the signal's reason as soon as
 * `signal` is aborted; what was begun by then may be there, and another call finds it.
 */
import { InvariantViolation } from '../domain/errors.ts';

export interface Provider {
  /** "process", "docker", "kubernetes". */
  readonly type: string;
  readonly capabilities: ProviderCapabilities;
  /**
   * How workers reach the machine that this server runs on: a host name or an address; null where the provider cannot
   * tell, so that it has to be configured. `networkMode` as in `WorkerSpec`.
   */
  serverHost(networkMode: string | null): string | null;
  /** Starts a worker, and answers once its infrastructure has been accepted, not when the agent has registered. */
  provision(spec: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle>;
  /** How the worker is now. */
  inspect(workerId: string, signal: AbortSignal): Promise<WorkerStatus>;
  /**
   * Ends the worker and removes what it leaves behind: asks it to stop, and kills it after `graceMs` (whole, 0 to
   * 600,000; 0: at once). Answers when it is gone.
   */
  terminate(workerId: string, options: { readonly graceMs: number }, signal: AbortSignal): Promise<void>;
  /** All workers of this provider's id that are there, in whatever state, to find those that nobody knows any more. */
  list(signal: AbortSignal): Promise<readonly WorkerHandle[]>;
  /** Whether workers could be started now. Never throws. */
  test(signal: AbortSignal): Promise<ProviderHealth>;
  /**
   * Calls back for each worker of this provider's id that has ended, whatever ended it, as soon as it is seen, and for
   * those that had ended before: at least once each, until it is stopped. It goes on by itself when the provider was
   * unreachable. `onEnded` must not throw. Absent where the provider cannot see ends.
   */
  watch?(onEnded: (workerId: string, status: WorkerStatus) => void): ProviderWatch;
  /** Stops watches and lets go of connections. Workers run on. */
  close(): Promise<void>;
}

export interface ProviderWatch {
  /** No callback comes after it. */
  stop(): Promise<void>;
}

/** What a scheduler may ask of workers of this provider. */
export interface ProviderCapabilities {
  /** Whether workers run in an image, so that a job may name one. */
  readonly images: boolean;
  /** Whether limits on CPU, memory and disk are enforced. */
  readonly limits: boolean;
  readonly gpu: boolean;
  /** Those that a job may name. */
  readonly networkModes: readonly string[];
}

/**
 * What a worker is made of. An image, a GPU or a network mode that a provider does not have it refuses as `invalid`;
 * limits that it cannot enforce it leaves alone, as its capabilities say.
 */
export interface WorkerSpec {
  /** UUID, lower case; the name of what is made is `waybill-worker-<worker id>`. */
  readonly workerId: string;
  /** Null: the provider's default image. 1 to 512 characters. */
  readonly image: string | null;
  /** 0.01 to 1,024; null: the provider's default. */
  readonly cpuCores: number | null;
  /** Whole, from 1; null: the provider's default. */
  readonly memoryBytes: number | null;
  /** Whole, from 1; null: the provider's default. */
  readonly diskBytes: number | null;
  /** 0 to 64. */
  readonly gpuCount: number;
  /** One of the provider's; null: its default. */
  readonly networkMode: string | null;
  /** Of the worker, at most 64, beside those of `workerLabels`, which win. Keys and values as Kubernetes takes them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Only for the agent: what the job's command sees comes with its assignment. Providers add `ownVariables`. */
  readonly agentEnvironment: Readonly<Record<string, string>>;
  /** The longest that the worker may live, enforced by the provider where it can be. Milliseconds; null: no limit. */
  readonly lifetimeMs: number | null;
}

export interface WorkerHandle {
  readonly workerId: string;
  /** What the provider calls it: a container's id, `namespace/pod`, a process id. */
  readonly resourceId: string;
  /** Milliseconds since 1970; null where the provider cannot tell. */
  readonly createdAt: number | null;
}

export type WorkerStatus =
  /** Accepted, not running yet. `problem`: why it takes long, in words, where the provider says so. */
  | { readonly state: 'starting'; readonly problem: string | null }
  | { readonly state: 'running' }
  | ExitedStatus
  | { readonly state: 'gone' };

export interface ExitedStatus {
  readonly state: 'exited';
  /** 0 to 255; null when a signal ended it, or nobody knows. */
  readonly exitCode: number | null;
  /** "SIGKILL"; null when it exited by itself, or nobody knows. */
  readonly signal: string | null;
  /** Whether it was killed for its memory, as far as the provider can tell. */
  readonly outOfMemory: boolean;
  /** In words, for the job's error, at most 1,000 characters; null where there is nothing to say. */
  readonly reason: string | null;
}

export interface ProviderHealth {
  readonly healthy: boolean;
  /** One sentence: what is wrong and what to do, or what answered ("Docker 28.2.2, API 1.50"). */
  readonly message: string;
  /** How long the look took. Milliseconds. */
  readonly latencyMs: number;
}

export type ProviderFailureCode =
  /** It does not answer. */
  | 'unreachable'
  /** The image is not there and cannot be had. */
  | 'image_missing'
  /** It has no room now. */
  | 'capacity'
  /** It refuses what was asked: the configuration, or the job, has to change. */
  | 'invalid'
  /** It refuses the credentials, or they may not do this. */
  | 'forbidden'
  | 'failed';

export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly code: ProviderFailureCode;
  /** Whether the same call may succeed later without anybody changing anything. */
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

/** The labels of every worker's container or pod; lists and watches go by them. */
export function workerLabels(providerId: string, workerId: string): Readonly<Record<string, string>> {
  return { ...providerLabels(providerId), [workerIdLabel]: workerId };
}

/** Those of them that all workers of a provider have. */
export function providerLabels(providerId: string): Readonly<Record<string, string>> {
  return { 'waybill-managed': 'true', [providerIdLabel]: providerId };
}

export const workerIdLabel = 'waybill-worker';
export const providerIdLabel = 'waybill-provider';

/**
 * What each agent finds in its environment besides: its id, which it passes on to the command so that the process
 * provider finds whatever that leaves behind, and a directory of its own, writable and empty, to run the command in.
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

/** Throws InvariantViolation for an id that cannot stand in names, labels and paths. */
export function assertWorkerId(workerId: string): void {
  require(uuid.test(workerId), `worker id ${JSON.stringify(workerId)} must be a UUID in lower case`);
}

export function assertGrace(graceMs: number): void {
  require(Number.isInteger(graceMs) && graceMs >= 0 && graceMs <= maxGraceMs,
    `graceMs is ${graceMs}; it must be whole, 0 to ${maxGraceMs}`);
}

/** Throws InvariantViolation for what the comments of `WorkerSpec` rule out. */
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
    require(labelKey.test(key) && labelValue.test(value), `label ${JSON.stringify(key)}: Kubernetes would not take it`);
  }
  let bytes = 0;
  for (const [name, value] of Object.entries(agentEnvironment)) {
    require(environmentName.test(name) && !value.includes('\0'), `${JSON.stringify(name)} cannot be a variable`);
    bytes += encoder.encode(value).length + name.length + 2;
  }
  const isShort = bytes <= maxEnvironmentBytes;
  require(isShort, `the agent's environment has ${bytes} bytes, ${maxEnvironmentBytes} is the most`);
}

function assertBytes(name: string, value: number | null): void {
  const isBytes = value === null || (Number.isSafeInteger(value) && value >= 1);
  require(isBytes, `${name} is ${value}; it must be whole, from 1`);
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new InvariantViolation(message);
}
