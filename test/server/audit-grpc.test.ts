import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  JobExecutionService,
} from '../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { ProviderStatus, ProviderType } from '../../src/contract/proto/generated/waybill/v1/provider_pb.ts';
import { ProviderManagementService } from
  '../../src/contract/proto/generated/waybill/v1/provider_management_service_pb.ts';
import { SchedulerService } from '../../src/contract/proto/generated/waybill/v1/scheduler_service_pb.ts';
import { RpcClient } from '../../src/worker/grpc/rpc-client.ts';
import { request } from '../contract/user.ts';
import { startTestServer } from './server.ts';

const { cancelJob, queueJob, retryJob } = JobExecutionService.method;
const { deleteProvider, disableProvider, enableProvider, registerProvider, updateProvider } =
  ProviderManagementService.method;
const { createSchedule, deleteSchedule, scheduleNow } = SchedulerService.method;

test('the audit has what is changed by gRPC as it has what is changed by REST', async () => {
  const server = await startTestServer({ GRPC_PORT: '0' });
  const as = (token: string): RpcClient => {
    const client = new RpcClient({ address: server.grpcAddress!, tls: null, token });
    onTestFinished(() => client.close());
    return client;
  };
  const [olu, admin] = [as('olu'), as('admin')];
  const provider = { name: 'north', providerType: ProviderType.PROCESS, maxWorkers: 0 };
  const id = (await olu.unary(registerProvider, { provider })).provider!.id;
  await olu.unary(updateProvider, { provider: { ...provider, id, priority: 5 } });
  await olu.unary(disableProvider, { providerId: { value: id }, reason: 'It is moved.' });
  await olu.unary(enableProvider, { providerId: { value: id } });
  await olu.unary(deleteProvider, { providerId: { value: id } });
  const schedule = { name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', jobDefinition: { command: 'true' } };
  const scheduleId = (await olu.unary(createSchedule, { schedule, paused: true })).schedule!.id;
  await olu.unary(scheduleNow, { scheduleId });
  await olu.unary(deleteSchedule, { scheduleId });
  await expect(olu.unary(deleteProvider, { providerId: { value: id } })).rejects.toThrow();
  await olu.unary(registerProvider, { provider: { ...provider, name: 'yard', status: ProviderStatus.DISABLED } });
  const jobDefinition = { command: 'true', scheduling: { preferredProvider: 'yard' } };
  const mine = (await olu.unary(queueJob, { jobDefinition })).jobId!.value;
  await olu.unary(cancelJob, { jobId: { value: mine } });
  await admin.unary(retryJob, { jobId: { value: mine } });
  await admin.unary(cancelJob, { jobId: { value: mine }, reason: 'Not now.' });

  const headers = { authorization: 'Bearer admin' };
  const { body } = await request(`${server.url}/api/audit`, 'GET', undefined, headers);
  const entries = body.data.entries.toReversed();
  expect(entries.map(({ actor, action, target }: any) => [actor, action, target])).toEqual([
    ['olu', 'registerProvider', 'north'], ['olu', 'updateProvider', id], ['olu', 'disableProvider', id],
    ['olu', 'enableProvider', id], ['olu', 'deleteProvider', id], ['olu', 'createSchedule', 'nightly'],
    ['olu', 'triggerSchedule', scheduleId], ['olu', 'deleteSchedule', scheduleId],
    ['olu', 'registerProvider', 'yard'],
    // What people do to jobs of their own is not kept, whichever way they do it.
    ['admin', 'retryJob', mine], ['admin', 'cancelJob', mine],
  ]);
  expect(entries[0]).toMatchObject({
    address: '127.0.0.1', credential: 'developer', details: { name: 'north', type: 'process' },
  });
  expect(entries[2].details).toEqual({ fields: ['reason'] });
  expect(entries[5].details).toEqual({ name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', enabled: false });
});

describe('behind a proxy, the audit has', () => {
  /** Registers a provider by gRPC, with what a proxy adds. Answers the address that the audit has then. */
  async function auditedAddress(trustProxy: boolean, ...forwarded: string[]): Promise<string> {
    const server = await startTestServer({ GRPC_PORT: '0', TRUST_PROXY: String(trustProxy) });
    const client = new Client(server.grpcAddress!, credentials.createInsecure());
    onTestFinished(() => client.close());
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer olu');
    for (const header of forwarded) metadata.add('x-forwarded-for', header);
    const { input, parent, name } = registerProvider;
    const provider = { name: 'north', providerType: ProviderType.PROCESS, maxWorkers: 0 };
    const bytes = Buffer.from(toBinary(input, create(input, { provider })));
    const plain = (message: Buffer): Buffer => message;
    await new Promise<void>((resolve, reject) => {
      const path = `/${parent.typeName}/${name}`;
      client.makeUnaryRequest(path, plain, plain, bytes, metadata, (error) => (error ? reject(error) : resolve()));
    });
    const headers = { authorization: 'Bearer admin' };
    const { body } = await request(`${server.url}/api/audit`, 'GET', undefined, headers);
    return body.data.entries[0].address;
  }

  test.each([
    ['the last address that it names', ['198.51.100.7, 203.0.113.9'], '203.0.113.9'],
    ['that of the last of several fields', ['203.0.113.9', '2001:db8::7'], '2001:db8::7'],
    ['no port', ['203.0.113.9:4711'], '203.0.113.9'],
    ['its own where it names nobody', [], '127.0.0.1'],
    ['its own where it names none that is one', ['203.0.113.9, somebody'], '127.0.0.1'],
  ])('%s', async (_, forwarded, expected) => {
    expect(await auditedAddress(true, ...forwarded)).toBe(expected);
  });

  test('the peer’s where the proxy is not trusted', async () => {
    expect(await auditedAddress(false, '203.0.113.9')).toBe('127.0.0.1');
  });
});
