/** What the tests of the providers' contract have in hand. */
import { randomUUID } from 'node:crypto';
import type { Agents } from './agents.ts';
import type { ExitedStatus, Provider, WorkerSpec, WorkerStatus } from '../../ports/provider.ts';

export interface ProviderUnderTest {
  readonly providerId: string;
  /** Its agent is `sh -c "$SUITE_SCRIPT"`. */
  readonly provider: Provider;
  /** On the same infrastructure, with another id. */
  another(providerId: string): Provider;
  /** Where nothing answers; never called unless `remote`. */
  unreachable(): Provider;
  /** Address of this machine that agents reach by `serverHost`. */
  readonly listenOn: string;
  /**
   * Shell code that defines `send`, which passes its standard input on to the host and port of its two arguments over
   * TCP, and ends when all has been sent.
   */
  readonly send: string;
  /** Kills the worker's agent, or all of the worker, without the provider's knowing. */
  kill(workerId: string): Promise<void>;
  /** What is there under the worker's name, past the provider: containers, pods, folders and processes. */
  leftOf(workerId: string): Promise<readonly string[]>;
  /** The labels of what was made under the name `waybill-worker-<worker id>`; never called unless `images`. */
  labelsOf(workerId: string): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export interface ProviderUnderTestCapabilities {
  /** Whether it limits memory, and tells that a worker was killed for it. */
  readonly outOfMemory: boolean;
  /** Whether workers run in images, and what is made has a name and labels. */
  readonly images: boolean;
  /** Whether something is between the provider and its workers that may not answer. */
  readonly remote: boolean;
  /** Whether it has a `watch`. */
  readonly watches: boolean;
}

export interface Context {
  readonly under: ProviderUnderTest;
  readonly provider: Provider;
  readonly agents: Agents;
  readonly can: ProviderUnderTestCapabilities;
  /** A signal that is never aborted. */
  readonly signal: AbortSignal;
  /**
   * A new worker whose agent runs the script, in which `say WORDS` tells the suite something; in another shell that it
   * starts, after `eval "$SUITE_SAY"`.
   */
  spec(script: string, overrides?: Partial<WorkerSpec>): WorkerSpec;
  /** Provisions it and waits until it has said "ready". */
  start(script: string, overrides?: Partial<WorkerSpec>): Promise<string>;
  /** Resolves once the worker has ended: with how. */
  ended(workerId: string): Promise<ExitedStatus>;
  terminateAll(): Promise<void>;
}

/** Says that it is there, and stays until it is ended. */
export const staying = 'say ready; while :; do sleep 1; done';

const pollMs = 20;

export function createContext(
  under: () => ProviderUnderTest,
  agents: () => Agents,
  can: ProviderUnderTestCapabilities,
): Context {
  const { signal } = new AbortController();
  const made = new Set<string>();
  const context: Context = {
    can,
    signal,
    get under() {
      return under();
    },
    get provider() {
      return under().provider;
    },
    get agents() {
      return agents();
    },
    spec(script, overrides = {}) {
      const workerId = randomUUID();
      made.add(workerId);
      const { agentEnvironment = {}, ...others } = overrides;
      const host = under().provider.serverHost(overrides.networkMode ?? null);
      const say = `say() { { printf '%s ' ${workerId}; printf '%s' "$*"; } | send ${host} ${agents().port}; }`;
      return {
        workerId, image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null,
        labels: {}, lifetimeMs: null, ...others,
        agentEnvironment: {
          SUITE_SAY: `${under().send}\n${say}`, SUITE_SCRIPT: `eval "$SUITE_SAY"\n${script}`, ...agentEnvironment,
        },
      };
    },
    async start(script, overrides) {
      const spec = context.spec(script, overrides);
      await under().provider.provision(spec, signal);
      await agents().heard(spec.workerId, /^ready/);
      return spec.workerId;
    },
    async ended(workerId) {
      for (;;) {
        const status: WorkerStatus = await under().provider.inspect(workerId, signal);
        if (status.state === 'exited') return status;
        if (status.state === 'gone') throw new Error(`worker ${workerId} is gone, and was to be read`);
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
    async terminateAll() {
      const left = (await under().provider.list(signal)).filter(({ workerId }) => made.has(workerId));
      await Promise.all(left.map(({ workerId }) => under().provider.terminate(workerId, { graceMs: 0 }, signal)));
    },
  };
  return context;
}
