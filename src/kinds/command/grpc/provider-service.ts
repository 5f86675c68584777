import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { sortedJson } from '../../../application/fingerprint.ts';
import { ok, type Result } from '../../../contract/errors.ts';
import { createValueReader } from '../../../contract/input/reader.ts';
import { Problems } from '../../../contract/input/problems.ts';
import type { ProviderConfig, ProviderId } from '../../../contract/proto/generated/waybill/v1/provider_pb.ts';
import {
  ProviderManagementService, type GetProviderRequest,
} from '../../../contract/proto/generated/waybill/v1/provider_management_service_pb.ts';
import { mountedRpc, type AuditedCalls, type MountedRpc } from '../../../transports/grpc/rpc.ts';
import type { Providers } from '../application/providers.ts';
import type { ProviderReport } from '../application/provider-report.ts';
import { disableProvider, getProvider, registerProvider, updateProvider } from '../contract/providers.ts';
import { noPool } from '../domain/warm-pool.ts';
import { providerTypeName, settableStatuses } from './enums.ts';
import { addUnsupported, configOf, providerMessage, statusOf } from './provider-message.ts';
import { badMessage, given, msOf, ofExisting, pathsBy, taken, under } from './reading.ts';

const paths = pathsBy({
  type: 'provider_type', maxWorkers: 'max_workers', labels: 'metadata', config: 'type_config',
  'pool.idleMs': 'pool.idle',
  'pool.jobsPerWorker': 'pool.jobs_per_worker',
}, 'provider');

export function providerManagementService(providers: Providers): MountedRpc {
  return mountedRpc(ProviderManagementService, 'operator', {
    async listProviders({ request: { providerType, status }, context }) {
      const all = await providers.list(context);
      if (!all.ok) return all;
      const type = providerTypeName(providerType);
      const wanted = all.value.filter((report) => type === undefined || report.provider.type === type)
        .filter((report) => status === 0 || statusOf(report) === status);
      return ok({ providers: wanted.map(providerMessage) });
    },
    async getProvider({ request, context }) {
      return shown(named(request, (id) => providers.get(context, id)));
    },
    async registerProvider({ request: { provider }, context }) {
      const asked = registered(provider);
      if (!asked.ok) return asked;
      return shown(under(paths, providers.register(context, asked.value)));
    },
    async updateProvider({ request: { provider }, context }) {
      return shown(byId(provider && { value: provider.id }, 'provider.id', async (id) => {
        const before = await providers.get(context, id);
        if (!before.ok) return before;
        const { type, config } = before.value.provider;
        const asked = updated(provider!, type);
        if (!asked.ok) return asked;
        // A message always has the configuration; setting it again would give up the provider's site.
        const { config: wanted, ...changes } = asked.value;
        const isSame = sortedJson(wanted) === sortedJson(config);
        return under(paths, providers.update(context, id, isSame ? changes : asked.value));
      }));
    },
    async deleteProvider({ request: { providerId }, context }) {
      const deleted = await byId(providerId, inId, (id) => ofExisting(providers.delete(context, id)));
      return deleted.ok ? ok({}) : deleted;
    },
    async enableProvider({ request: { providerId }, context }) {
      return shown(byId(providerId, inId, (id) => providers.update(context, id, { status: 'ACTIVE' })));
    },
    async disableProvider({ request: { providerId, reason }, context }) {
      const asked = taken(readDisabling(given('reason', reason, '')), pathsBy({}));
      if (!asked.ok) return asked;
      return shown(byId(providerId, inId, (id) => providers.disable(context, id, asked.value.reason)));
    },
    async testProvider({ request: { providerId }, context }) {
      const tested = await byId(providerId, inId, (id) => providers.test(context, id));
      if (!tested.ok) return tested;
      const { health, provider } = tested.value;
      if (health === null) {
        return ok({ healthy: false, message: `This server cannot talk to providers of the type ${provider.type}.` });
      }
      const { healthy, message, latencyMs } = health;
      return ok({ healthy, message, latency: durationFromMs(Math.round(latencyMs)) });
    },
  }, audits);
}

const audits: AuditedCalls<typeof ProviderManagementService> = {
  registerProvider: ({ provider }) => ({
    action: 'registerProvider', body: { name: provider?.name, type: providerTypeName(provider?.providerType ?? 0) },
  }),
  updateProvider: ({ provider }) => ({
    action: 'updateProvider', id: provider?.id ?? '', body: { name: provider?.name },
  }),
  deleteProvider: ({ providerId }) => ({ action: 'deleteProvider', id: providerId?.value ?? '' }),
  enableProvider: ({ providerId }) => ({ action: 'enableProvider', id: providerId?.value ?? '' }),
  disableProvider: ({ providerId, reason }) => ({
    action: 'disableProvider', id: providerId?.value ?? '', body: given('reason', reason, ''),
  }),
};

const inId = 'provider_id.value';

async function shown(result: Promise<Result<ProviderReport>>) {
  const report = await result;
  return report.ok ? ok({ provider: providerMessage(report.value) }) : report;
}

const readParams = createValueReader(getProvider.params, false);

/** By its id; a name does as well, as on REST. */
async function byId<T>(
  id: Pick<ProviderId, 'value'> | undefined,
  path: string,
  work: (idOrName: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const asked = taken(readParams(given('id', id?.value ?? '', '')), () => path);
  return asked.ok ? work(asked.value.id) : asked;
}

function named<T>(
  { provider }: GetProviderRequest,
  work: (idOrName: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  switch (provider.case) {
    case 'providerId':
      return byId(provider.value, inId, work);
    case 'name':
      return byId({ value: provider.value }, 'name', work);
    case undefined:
      return Promise.resolve(badMessage({ provider_id: 'is required, or name' }));
  }
}

const readRegistration = createValueReader(registerProvider.body, false);
const readUpdate = createValueReader(updateProvider.body, false);
const readDisabling = createValueReader(disableProvider.body, false);

function registered(provider: ProviderConfig | undefined) {
  if (provider === undefined) return badMessage({ provider: 'is required' });
  const type = providerTypeName(provider.providerType);
  if (type === undefined) return badMessage({ 'provider.provider_type': 'is required' });
  const problems = new Problems();
  addUnsupported(provider, problems);
  if (provider.id !== '') problems.add('provider.id', 'must be left out: the server makes it');
  const config = configOf(provider.typeConfig, type, problems);
  if (problems.found) return badMessage(problems.fields());
  return taken(readRegistration({ type, config, ...fieldsOf(provider) }), paths);
}

/** All of it: what is left out of a message cannot be told from its default. */
function updated(provider: ProviderConfig, type: string) {
  const problems = new Problems();
  addUnsupported(provider, problems);
  const asked = providerTypeName(provider.providerType);
  if (asked !== undefined && asked !== type) {
    problems.add('provider.provider_type', `must be left out, or that of the provider, which is ${type}`);
  }
  const config = configOf(provider.typeConfig, type, problems);
  if (problems.found) return badMessage(problems.fields());
  return taken(readUpdate({ config, ...fieldsOf(provider) }), paths);
}

const defaultMaxWorkers = 10;

function fieldsOf(provider: ProviderConfig): Readonly<Record<string, unknown>> {
  const { name, status, priority, maxWorkers, metadata, pool } = provider;
  const settable = settableStatuses[status as keyof typeof settableStatuses];
  return {
    ...given('name', name, ''), ...given('status', settable, null), priority,
    maxWorkers: maxWorkers || defaultMaxWorkers, labels: metadata,
    pool: {
      size: pool?.size ?? noPool.size, idleMs: msOf(pool?.idle) ?? noPool.idleMs,
      jobsPerWorker: pool?.jobsPerWorker || noPool.jobsPerWorker, shared: pool?.shared ?? noPool.shared,
    },
  };
}
