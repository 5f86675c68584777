import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { iso } from '../../../contract/times.ts';
import {
  ProviderStatus, ProviderType, type DockerConfig, type KubernetesConfig, type ProviderConfig,
  type ProviderConfigSchema, type ProviderTypeConfig, type ProviderTypeConfigSchema,
} from '../../../contract/proto/generated/waybill/v1/provider_pb.ts';
import type { Problems } from '../../../contract/input/problems.ts';
import type { ProviderReport } from '../application/provider-report.ts';
import { providerTypeNumber } from './enums.ts';
import { given } from './reading.ts';

type Config = Readonly<Record<string, unknown>>;

export function providerMessage(report: ProviderReport): MessageInitShape<typeof ProviderConfigSchema> {
  const { provider, activeWorkers, spareWorkers, capabilities, health } = report;
  const { id, name, type, config, priority, maxWorkers, pool, labels, createdAt, updatedAt } = provider;
  return {
    id, name, providerType: providerTypeNumber(type), status: statusOf(report), priority, maxWorkers, activeWorkers,
    spareWorkers,
    pool: {
      size: pool.size, idle: durationFromMs(pool.idleMs), jobsPerWorker: pool.jobsPerWorker, shared: pool.shared,
    },
    ...(capabilities !== null && {
      capabilities: { ...capabilities, networkModes: [...capabilities.networkModes] },
    }),
    typeConfig: typeConfigOf(type, config),
    metadata: { ...labels },
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    ...(health !== null && {
      health: {
        healthy: health.healthy, message: health.message, latency: durationFromMs(Math.round(health.latencyMs)),
        at: timestampFromMs(health.at),
      },
    }),
  };
}

/** What an operator has set counts first, then what was found. */
export function statusOf({ provider, activeWorkers, health }: ProviderReport): ProviderStatus {
  switch (provider.status) {
    case 'DISABLED':
      return ProviderStatus.DISABLED;
    case 'MAINTENANCE':
      return ProviderStatus.MAINTENANCE;
    case 'ACTIVE':
      if (health?.healthy === false) return ProviderStatus.UNHEALTHY;
      return activeWorkers >= provider.maxWorkers ? ProviderStatus.OVERLOADED : ProviderStatus.ACTIVE;
  }
}

const socket = 'unix://';

/** What its message has no field for is in `more`, so that nothing of a configuration is lost. */
function typeConfigOf(type: string, config: Config): MessageInitShape<typeof ProviderTypeConfigSchema> {
  const rest = { ...config };
  const text = (name: string): string => {
    const value = rest[name];
    if (typeof value !== 'string') return '';
    delete rest[name];
    return value;
  };
  const of = ((): NonNullable<MessageInitShape<typeof ProviderTypeConfigSchema>['config']> => {
    switch (providerTypeNumber(type)) {
      case ProviderType.DOCKER: {
        const isSocket = typeof rest['host'] === 'string' && rest['host'].startsWith(socket);
        const socketPath = isSocket ? text('host').slice(socket.length) : '';
        return { case: 'docker', value: { socketPath, defaultImage: text('image'), networkMode: text('network') } };
      }
      case ProviderType.KUBERNETES: {
        const [secrets, selector] = [rest['imagePullSecrets'], rest['nodeSelector']];
        const isOne = Array.isArray(secrets) && secrets.length === 1;
        if (isOne) delete rest['imagePullSecrets'];
        delete rest['nodeSelector'];
        return {
          case: 'kubernetes',
          value: {
            ...(rest['kubeconfig'] !== undefined && { kubeconfigPath: text('kubeconfig') }),
            namespace: text('namespace'), serviceAccount: text('serviceAccount'), defaultImage: text('image'),
            imagePullSecret: isOne ? String(secrets[0]) : '',
            nodeSelector: (selector ?? {}) as Record<string, string>,
          },
        };
      }
      case ProviderType.PROCESS:
        return { case: 'process', value: {} };
      default:
        return { case: undefined };
    }
  })();
  return { config: of, ...(Object.keys(rest).length > 0 && { more: rest as JsonObject }) };
}

/** The configuration as REST has it. `type`: of the provider; what is not of it is a problem. */
export function configOf(
  typeConfig: ProviderTypeConfig | undefined,
  type: string,
  problems: Problems,
): Readonly<Record<string, unknown>> {
  if (typeConfig === undefined) return {};
  const { config, more = {} } = typeConfig;
  if (config.case !== undefined && config.case !== type) {
    problems.add(`provider.type_config.${config.case}`, `must be left out of a provider of the type ${type}`);
  }
  const own = ((): Config => {
    switch (config.case) {
      case 'docker':
        return dockerConfig(config.value, problems);
      case 'kubernetes':
        return kubernetesConfig(config.value);
      case 'process':
      case undefined:
        return {};
    }
  })();
  for (const name of Object.keys(own)) {
    const isTwice = Object.hasOwn(more, name);
    if (isTwice) problems.add(`provider.type_config.more.${name}`, 'has a field of its own: use that');
  }
  return { ...more, ...own };
}

function dockerConfig({ socketPath, defaultImage, networkMode, dnsServers, labels }: DockerConfig, problems: Problems) {
  const parent = 'provider.type_config.docker';
  const unsupported = 'is not supported: leave it out';
  if (dnsServers.length > 0) problems.add(`${parent}.dns_servers`, unsupported);
  if (Object.keys(labels).length > 0) problems.add(`${parent}.labels`, unsupported);
  return {
    ...(socketPath !== '' && { host: `${socket}${socketPath}` }),
    ...given('image', defaultImage, ''), ...given('network', networkMode, ''),
  };
}

function kubernetesConfig(config: KubernetesConfig): Config {
  const { kubeconfigPath, namespace, serviceAccount, imagePullSecret, nodeSelector, defaultImage } = config;
  return {
    ...given('kubeconfig', kubeconfigPath, undefined), ...given('namespace', namespace, ''),
    ...given('serviceAccount', serviceAccount, ''), ...given('image', defaultImage, ''),
    ...(imagePullSecret !== '' && { imagePullSecrets: [imagePullSecret] }),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
  };
}

export function addUnsupported({ tags }: ProviderConfig, problems: Problems): void {
  if (tags.length > 0) problems.add('provider.tags', 'is not supported: leave it out, or use metadata');
}
