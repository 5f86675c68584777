import { argument } from '../../../../transports/cli/command.ts';
import { labelsText } from '../../../../transports/cli/job/text.ts';
import { fields, plain } from '../../../../transports/cli/output.ts';
import type { ProviderView } from '../client.ts';

export const providerArgument = argument('PROVIDER', 'Its name or id.', 'id');

/** "healthy", or what is wrong. */
export function healthOf({ health }: Pick<ProviderView, 'health'>): string {
  if (health === null) return 'not tested';
  return health.healthy ? 'healthy' : `unhealthy: ${plain(health.message)}`;
}

/** A provider for people. */
export function providerText(provider: ProviderView): string {
  const { id, name, type, status, health, activeWorkers, maxWorkers, spareWorkers, pool, priority, config } = provider;
  return fields([
    ['provider', id],
    ['name', plain(name)],
    ['type', plain(type)],
    ['status', status],
    ['health', health?.healthy === true ? `healthy: ${plain(health.message)}` : healthOf(provider)],
    ['workers', `${activeWorkers} of ${maxWorkers}`],
    ['warm pool', pool.size === 0 ? null : `${spareWorkers} of ${pool.size} are spare; ${poolText(pool)}`],
    ['priority', priority],
    ['labels', labelsText(provider.labels) || null],
    ['config', Object.keys(config).length === 0 ? null : plain(JSON.stringify(config))],
    ['created', provider.createdAt],
    ['updated', provider.updatedAt],
  ]);
}

function poolText({ jobsPerWorker, shared, idleMs }: ProviderView['pool']): string {
  const jobs = jobsPerWorker === 1 ? 'one job each' : `${jobsPerWorker} jobs each${shared ? '' : ', of one owner'}`;
  return `${jobs}; replaced after ${idleMs / 1_000} s idle`;
}
