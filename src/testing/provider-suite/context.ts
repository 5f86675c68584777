/** What the conformance tests of providers work with. */
import { randomUUID } from 'node:crypto';
import type { Agents } from './agents.ts';
import type { ExitedStatus, Provider, WorkerSpec, WorkerStatus } from '../../ports/provider.ts';

export interface ProviderUnderTest {
  readonly providerId: string;
  /** Its agent is `sh -c 'eval "$SUITE_SCRIPT"'`. */
  readonly provider: Provider;
  /** A provider with the given id on the same infrastructure. */
  another(providerId: string): Provider;
  /** A provider whose infrastructure does not respond. Called only if `remote`. */
  unreachable(): Provider;
  /** The local address to listen on, which agents reach by `serverHost`. */
  readonly listenOn: string;
  /**
   * Shell code that defines `send HOST PORT`, which sends its standard input over TCP.
   */
  readonly send: string;
  /** Kills the worker's agent, or the whole worker, behind the provider's back. */
  kill(workerId: string): Promise<void>;
  /** What exists of a worker, found without the provider: containers, pods, folders, processes. */
  leftOf(workerId: string): Promise<readonly string[]>;
  /** The labels of the container or pod named `waybill-worker-<worker id>`. Called only if `images`. */
  labelsOf(workerId: string): Promise<Readonly<Record<string, string>>>;
  /** Variables that the infrastructure adds to every worker's environment; none if absent. */
  readonly addedVariables?: readonly string[];
  close(): Promise<void>;
}

export interface ProviderUnderTestCapabilities {
  /** Whether it limits memory and reports workers that exceeded their limit. */
  readonly outOfMemory: boolean;
  /** Whether workers run in images and have names and labels. */
  readonly images: boolean;
  /** Whether `provision` fails for an image that does not exist, instead of leaving the worker in `starting`. */
  readonly refusesMissingImages: boolean;
  /** Whether a grace of 0 kills without SIGTERM. */
  readonly killsAtOnce: boolean;
  /** Whether it depends on an API that may be unreachable. */
  readonly remote: boolean;
  /** Whether it implements `watch`. */
  readonly watches: boolean;
}

export interface Context {
  readonly under: ProviderUnderTest;
  readonly provider: Provider;
  readonly agents: Agents;
  readonly can: ProviderUnderTestCapabilities;
  /** Never aborted. */
  readonly signal: AbortSignal;
  /**
   * A new worker whose agent runs the script. In it, `say WORDS` sends a message to the suite; a nested shell needs
   * `eval "$SUITE_SAY"` first.
   */
  spec(script: string, overrides?: Partial<WorkerSpec>): WorkerSpec;
  /** Provisions a worker and waits until it says "ready", and the provider that it runs. */
  start(script: string, overrides?: Partial<WorkerSpec>): Promise<string>;
  /** Resolves with the status of the worker once it has exited. */
  ended(workerId: string): Promise<ExitedStatus>;
  terminateAll(): Promise<void>;
}

/** Says "ready" and runs until it is stopped. */
export const staying = 'say ready; while :; do sleep 1; done';

const pollMs = 20;
const pause = () => new Promise((resolve) => setTimeout(resolve, pollMs));

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
      // The infrastructure may notice it later than the suite.
      while ((await under().provider.inspect(spec.workerId, signal)).state === 'starting') await pause();
      return spec.workerId;
    },
    async ended(workerId) {
      for (;;) {
        const status: WorkerStatus = await under().provider.inspect(workerId, signal);
        if (status.state === 'exited') return status;
        if (status.state === 'gone') throw new Error(`worker ${workerId} is gone, but should have exited`);
        await pause();
      }
    },
    async terminateAll() {
      const left = (await under().provider.list(signal)).filter(({ workerId }) => made.has(workerId));
      await Promise.all(left.map(({ workerId }) => under().provider.terminate(workerId, { graceMs: 0 }, signal)));
    },
  };
  return context;
}
