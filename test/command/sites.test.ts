import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UpdateProviderRequestSchema } from
  '../../src/contract/proto/generated/waybill/v1/provider_management_service_pb.ts';
import { ProviderType } from '../../src/contract/proto/generated/waybill/v1/provider_pb.ts';
import type { ProviderReport } from '../../src/kinds/command/application/provider-report.ts';
import { providerMessage } from '../../src/kinds/command/grpc/provider-message.ts';
import { providerManagementService } from '../../src/kinds/command/grpc/provider-service.ts';
import { ProviderFailure } from '../../src/ports/provider.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { siteOf } from '../../src/providers/process/site.ts';
import type { AnyHandler } from '../../src/transports/grpc/rpc.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openMigrated } from '../stores/sqlite/open.ts';
import { FakeProvider, operator, succeeded, Yard } from './yard.ts';

let store: Store;
let here: Yard;
let there: Yard;

/** Two servers, each on a machine of its own, that have a provider of the same name. */
beforeEach(async () => {
  store = createSqliteStore(openMigrated(':memory:'));
  [here, there] = ['here', 'there'].map((site) => new Yard(store, at(site))) as [Yard, Yard];
  await here.start();
  await here.register();
  await there.start();
});

afterEach(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await store.close();
});

function at(site: string): FakeProvider {
  const provider = new FakeProvider();
  provider.site = async () => site;
  return provider;
}

async function report(yard: Yard) {
  const found = await yard.commands.providers.test(operator, 'yard');
  if (!found.ok) throw new Error(found.refusal.message);
  return found.value;
}

it('a provider belongs to the machine that reaches it first; elsewhere it is shown as such', async () => {
  expect(await report(here)).toMatchObject({
    isElsewhere: false, health: { healthy: true }, provider: { site: 'here' },
  });
  expect(await report(there)).toMatchObject({ isElsewhere: true, health: { healthy: false } });
  expect((await report(there)).health?.message).toContain('another server reaches them');
});

it('jobs run there alone, and once each, whichever server takes up their sagas', async () => {
  let runs = 0;
  here.provider.onMade = (spec) => void here.agent(spec, async () => (runs++, succeeded));
  const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => {
    return (index % 2 === 0 ? here : there).submit('echo hi');
  }));
  for (const id of ids) {
    const job = await here.until(id, ({ endedAt }) => endedAt !== null);
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
  }
  expect(runs).toBe(12);
  expect(there.provider.everMade).toEqual([]);
  for (const id of here.provider.everMade) await here.until(id, ({ state }) => state === 'TERMINATED');
  expect(here.provider.made.size).toBe(0);
}, 60_000);

it('a server that cannot see a worker does not take it for gone', async () => {
  let end = (): void => {};
  here.provider.onMade = (spec) => {
    void here.agent(spec, () => new Promise((resolve) => (end = () => resolve(succeeded))));
  };
  const id = await here.submit('sleep 1');
  await here.until(id, ({ state }) => state === 'RUNNING');
  const { lists } = here.provider;
  for (const yard of [there, here]) yard.wake();
  while (here.provider.lists === lists) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(there.provider.lists).toBe(0);
  expect(await here.job(id)).toMatchObject({ state: 'RUNNING', attempt: 1 });
  end();
  await here.until(id, ({ state }) => state === 'SUCCEEDED');
}, 60_000);

it('its configuration said again has the next machine that reaches one take it over', async () => {
  expect((await report(there)).isElsewhere).toBe(true);
  here.provider.site = () => {
    throw new ProviderFailure('unreachable', 'It was removed.', { retryable: true });
  };
  here.provider.healthy = false;
  const updated = await there.commands.providers.update(operator, 'yard', { config: {} });
  expect(updated.ok).toBe(true);
  expect(await report(there)).toMatchObject({ isElsewhere: false, provider: { site: 'there' } });
  there.provider.onMade = (spec) => void there.agent(spec, async () => succeeded);
  const id = await there.submit('echo hi');
  await there.until(id, ({ state }) => state === 'SUCCEEDED');
}, 60_000);

it('a change by gRPC, whose messages always have the configuration, moves nothing', async () => {
  const { handlers } = providerManagementService(there.commands.providers);
  const { id } = (await report(there)).provider;
  const { value: provider } = (await there.commands.providers.get(operator, id)) as { readonly value: ProviderReport };
  const request = create(UpdateProviderRequestSchema, {
    provider: { ...(providerMessage(provider) as object), providerType: ProviderType.UNSPECIFIED, priority: 3 },
  });
  const updateProvider = handlers['updateProvider'] as AnyHandler<'unary'>;
  const updated = await updateProvider({ request, context: operator } as Parameters<typeof updateProvider>[0]);
  expect(updated.ok).toBe(true);
  expect(await report(there)).toMatchObject({ isElsewhere: true, provider: { priority: 3, site: 'here' } });
});

it('a folder of workers has one id, however many servers ask for it first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-site-'));
  try {
    const ids = await Promise.all(Array.from({ length: 8 }, () => siteOf(join(folder, 'workers'))));
    expect(new Set(ids).size).toBe(1);
    expect(await siteOf(join(folder, 'workers'))).toBe(ids[0]);
    expect(await siteOf(join(folder, 'others'))).not.toBe(ids[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
