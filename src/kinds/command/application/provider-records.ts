import type { Counter } from '../../../ports/store/counters.ts';
import { declareTable, type VersionedRow } from '../../../ports/store/tables.ts';
import type { WarmPool } from '../domain/warm-pool.ts';

export const providerStatuses = ['ACTIVE', 'DISABLED', 'MAINTENANCE'] as const;
export type ProviderStatus = (typeof providerStatuses)[number];

/** A provider as it is registered. */
export interface StoredProvider extends VersionedRow {
  /** UUID. */
  readonly id: string;
  /** Of one provider only: 1 to 63 lower-case letters, digits and hyphens. */
  readonly name: string;
  /** "process", "docker", "kubernetes". */
  readonly type: string;
  /** The type's own, plain JSON without secrets. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `Provider.site` of the server that first reached it; null until then, and if all servers reach the same. */
  readonly site: string | null;
  /** MAINTENANCE: its workers end their jobs, and no new ones are started. */
  readonly status: ProviderStatus;
  /** Among those that could run a job, the one with the greatest is chosen; −1,000 to 1,000. */
  readonly priority: number;
  /** Workers at once, 1 to 10,000. */
  readonly maxWorkers: number;
  readonly pool: WarmPool;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const providerConfigs = declareTable<StoredProvider>('providers', {
  key: ['id'],
  columns: {
    id: 'text', name: 'text', type: 'text', config: 'json', site: 'text', status: 'text', priority: 'integer',
    maxWorkers: 'integer', pool: 'json', labels: 'json', createdAt: 'bigint', updatedAt: 'bigint',
  },
});

/** Workers of a provider that are not TERMINATED: never more than its `maxWorkers`. */
export function capacityOf(providerId: string): Pick<Counter, 'kind' | 'scope' | 'key'> {
  return { kind: 'worker', scope: providerId, key: 'capacity' };
}

/** Spare workers of its warm pool (`isSpare`): none are made beyond `pool.size`. */
export function sparesOf(providerId: string): Pick<Counter, 'kind' | 'scope' | 'key'> {
  return { kind: 'worker', scope: providerId, key: 'spare' };
}
