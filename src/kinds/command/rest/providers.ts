import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { ProviderReport } from '../application/provider-report.ts';
import type { Providers } from '../application/providers.ts';
import type { getProvider, providerRoutes } from '../contract/providers.ts';

export function providerHandlers(providers: Providers): HandlersFor<typeof providerRoutes> {
  return {
    listProviders: ({ context }) =>
      answering(providers.list(context), (all) => ({ providers: all.map(providerOf) })),
    registerProvider: ({ context, body }) => answering(providers.register(context, body), providerOf),
    getProvider: ({ context, params }) => answering(providers.get(context, params.id), providerOf),
    updateProvider: ({ context, params, body }) => answering(providers.update(context, params.id, body), providerOf),
    deleteProvider: ({ context, params }) =>
      answering(providers.delete(context, params.id), () => ({ deleted: true as const })),
    enableProvider: ({ context, params }) =>
      answering(providers.update(context, params.id, { status: 'ACTIVE' }), providerOf),
    disableProvider: ({ context, params, body }) =>
      answering(providers.disable(context, params.id, body.reason), providerOf),
    testProvider: ({ context, params }) => answering(providers.test(context, params.id), providerOf),
  };
}

function providerOf(report: ProviderReport): RouteAnswer<typeof getProvider> {
  const { provider, activeWorkers, spareWorkers, health, capabilities } = report;
  const { id, name, type, config, status, priority, maxWorkers, pool, labels, createdAt, updatedAt } = provider;
  return {
    id, name, type, config, status, priority, maxWorkers, activeWorkers, pool, spareWorkers, labels, capabilities,
    health: health && {
      healthy: health.healthy, message: health.message, latencyMs: health.latencyMs, at: iso(health.at),
    },
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}
