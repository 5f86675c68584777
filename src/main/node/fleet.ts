import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FleetParts, FleetSettings, ProviderType } from '../../ports/fleet.ts';
import { problemsBy } from '../../ports/provider-config.ts';
import { agentFlags } from '../../ports/worker-image.ts';
import type { Logger } from '../../ports/world.ts';
import { dockerProblems } from '../../providers/docker/config.ts';
import { kubernetesProblems } from '../../providers/kubernetes/config.ts';
import { createKubernetesProvider } from '../../providers/kubernetes/index.ts';
import { createProcessProvider } from '../../providers/process/index.ts';
import type { CommandApplication } from '../../kinds/command/application/application.ts';
import { noPool } from '../../kinds/command/domain/warm-pool.ts';
import type { Config } from '../config/config.ts';
import { agentFile } from './agent-file.ts';
import { inUrl, isLoopback, isWildcard } from '../config/loopback.ts';
import { keptSecret } from './kept-secret.ts';
import { readAgentCa } from './rpc-tls.ts';
import type { WorkerListeners } from './worker-listeners.ts';

type FleetConfig = Pick<Config, 'fleet' | 'dataDir' | 'grpc' | 'host' | 'publicUrl'>;

/** Where this server takes calls. */
export interface ServerAddresses {
  readonly url: string;
  /** `host:port`; null while it takes none. */
  readonly grpc: string | null;
}

const gatewayMs = 10_000;
const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

export function createFleet(
  { fleet, dataDir, grpc: { enabled, tls }, host: listensAt, publicUrl }: FleetConfig,
  addresses: () => ServerAddresses,
  listeners: Pick<WorkerListeners, 'open'>,
  times: Partial<FleetSettings> = {},
): FleetParts {
  // A server at one address of several is not reached by another.
  const own = isLoopback(listensAt) || isWildcard(listensAt) ? null : listensAt;
  const hostFor = (host: string | null): string | null => fleet.serverHost ?? own ?? host;
  const secret = fleet.key ?? keptSecret(join(dataDir, 'installation-key'));
  return {
    providerTypes: [processType(join(dataDir, 'workers')), dockerType(fleet), kubernetesType(fleet)],
    agentServers: (host) => {
      const reached = hostFor(host);
      if (reached === null) throw new Error('WAYBILL_SERVER_HOST is not set: workers elsewhere need it');
      const { grpc } = addresses();
      if (grpc === null) throw new Error('GRPC_ENABLED is false: the agents of workers need it');
      const ownAddress = `${inUrl(reached)}${grpc.slice(grpc.lastIndexOf(':'))}`;
      return [ownAddress, ...fleet.agentServers.filter((address) => address !== ownAddress)].join(',');
    },
    agentTlsCa: enabled && tls !== null ? readAgentCa(tls) : null,
    objectUrl: (url, host) => {
      const [reached, { url: ownUrl }] = [hostFor(host), addresses()];
      if (reached === null || publicUrl !== null || !url.startsWith(`${ownUrl}/`)) return url;
      return `http://${inUrl(reached)}${ownUrl.slice(ownUrl.lastIndexOf(':'))}${url.slice(ownUrl.length)}`;
    },
    prepareFor: async (provider) => {
      const address = await provider.gatewayAddress?.(AbortSignal.timeout(gatewayMs)).catch(() => null);
      if (address) await listeners.open(address);
    },
    key: new Uint8Array(createHash('sha256').update(secret).digest()),
    settings: {
      registerWithinMs: 2 * minuteMs, leaseMs: minuteMs, heartbeatMs: 10_000, sweepMs: 15_000,
      defaultTimeoutMs: fleet.commandTimeoutMs, maxTimeoutMs: dayMs, uploadStallMs: fleet.outputStallMs,
      uploadWithinMs: dayMs, keepWorkersMs: fleet.keepWorkersMs, workerLifetimeMs: dayMs + 60 * minuteMs, ...times,
    },
  };
}

function processType(stateFolder: string): ProviderType {
  return {
    name: 'process',
    problems: (config) => problemsBy({}, config),
    make: async ({ providerId }) =>
      createProcessProvider({
        providerId, stateFolder, agentCommand: async () => [process.execPath, ...agentFlags, await agentFile()],
      }),
  };
}

function dockerType({ dockerHost, workerImage }: Config['fleet']): ProviderType {
  return {
    name: 'docker',
    problems: dockerProblems,
    make: async ({ providerId, config: { host, image, ...rest } }) => {
      // Its client takes 30 MB, which servers without such a provider do not spend.
      const { createDockerProvider } = await import('../../providers/docker/index.ts');
      return createDockerProvider({
        ...rest, providerId, host: typeof host === 'string' ? host : dockerHost,
        defaultImage: typeof image === 'string' ? image : workerImage,
      });
    },
  };
}

function kubernetesType(fleet: Config['fleet']): ProviderType {
  const { workerImage: image, kubernetesNamespace: namespace, kubeconfig } = fleet;
  const standard = { image, namespace, ...(kubeconfig !== null && { kubeconfig }) };
  return {
    name: 'kubernetes',
    problems: kubernetesProblems,
    make: async ({ providerId, config }) => createKubernetesProvider({ ...standard, ...config, providerId }),
  };
}

/** Registers what the configuration names, unless it is registered already. */
export async function registerProviders(
  { providers }: Pick<CommandApplication, 'providers'>,
  { fleet }: FleetConfig,
  logger: Logger,
): Promise<void> {
  const { processEnabled, dockerEnabled, kubernetesEnabled } = fleet;
  const enabled = { process: processEnabled, docker: dockerEnabled, kubernetes: kubernetesEnabled };
  const types = Object.entries(enabled).flatMap(([type, isEnabled]) => (isEnabled ? [type] : []));
  const context = {
    caller: { userId: 'system', roles: ['admin'] as const }, correlationId: 'start', traceparent: null,
  };
  for (const type of types) {
    let name = type;
    let known = await providers.get(context, name);
    if (known.ok && known.value.isElsewhere) {
      // Another machine's: this one has its own.
      name = `${type}-${hostname()}`.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 63).replace(/-$/, '');
      known = await providers.get(context, name);
    }
    if (known.ok) continue;
    const made = await providers.register(context, {
      name, type, config: {}, status: 'ACTIVE', priority: 0, maxWorkers: fleet.maxWorkers, pool: noPool,
      labels: {},
    });
    if (made.ok) logger.info('a provider is registered', { provider: name, id: made.value.provider.id });
    else logger.warn('a provider cannot be registered', { provider: name, why: made.refusal.message });
  }
}
