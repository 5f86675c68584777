import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from
  '../../src/contract/proto/generated/grpc/health/v1/health_pb.ts';
import { SchedulerService } from '../../src/contract/proto/generated/waybill/v1/scheduler_service_pb.ts';
import { RpcClient, type RpcClientOptions } from '../../src/worker/grpc/rpc-client.ts';
import { startTestServer, type StartedServer } from './server.ts';

const { getQueueStatus } = SchedulerService.method;
const tls = fileURLToPath(new URL('golden/tls/', import.meta.url));
const pem = (name: string): Buffer => readFileSync(`${tls}${name}`);
const none = { pendingJobs: 0, runningJobs: 0 };
const encrypted = { GRPC_TLS_CERT: `${tls}server.pem`, GRPC_TLS_KEY: `${tls}server.key.pem` };

function start(
  env: Readonly<Record<string, string>> = {},
  mode: 'dev' | 'production' = 'dev',
): Promise<StartedServer> {
  return startTestServer({ GRPC_PORT: '0', ...env }, mode);
}

function clientOf({ grpcAddress }: StartedServer, options: Partial<RpcClientOptions> = {}): RpcClient {
  const client = new RpcClient({ address: grpcAddress!, tls: null, token: 'ola', ...options });
  onTestFinished(() => client.close());
  return client;
}

describe('a server with services of gRPC', () => {
  test('takes the tokens that its REST API takes, and measures their calls', async () => {
    const server = await start({ ADMIN_USER: 'root', ADMIN_PASSWORD: 'a passphrase of tests' }, 'production');
    const login = await fetch(`${server.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userId: 'root', password: 'a passphrase of tests' }),
    });
    const { data } = (await login.json()) as { readonly data: { readonly token: string } };
    const admin = clientOf(server, { token: data.token });
    expect(await admin.unary(getQueueStatus, {})).toMatchObject({ status: none });
    await expect(clientOf(server).unary(getQueueStatus, {})).rejects.toMatchObject({ code: 'unauthenticated' });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const labels = 'method="/waybill.v1.SchedulerService/GetQueueStatus",status="OK"';
    expect(metrics).toContain(`waybill_grpc_call_duration_seconds_count{${labels}} 1`);
  });

  test('says where it listens, and is healthy until it shuts down', async () => {
    const server = await start();
    expect(server.log.join('')).toContain(`"grpc":"${server.grpcAddress}"`);
    const health = clientOf(server).stream(Health.method.watch, {})[Symbol.asyncIterator]();
    expect((await health.next()).value).toMatchObject({ status: Status.SERVING });
    const closing = server.close();
    expect((await health.next()).value).toMatchObject({ status: Status.NOT_SERVING });
    await expect(health.next()).rejects.toMatchObject({ code: 'unavailable' });
    await closing;
  });

  test('turns connections away beyond those that an address may have', async () => {
    const server = await start({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
    const own = clientOf(server);
    await own.unary(getQueueStatus, {});
    const [host, port] = server.grpcAddress!.split(':') as [string, string];
    const further = connect(Number(port), host);
    further.on('error', () => {});
    await once(further, 'close');
    await own.unary(getQueueStatus, {});
    expect(server.log.join('')).toContain('connections for gRPC are turned away: MAX_CONNECTIONS_PER_ADDRESS');
  });

  test('does not start where its port is taken, or a file of TLS is not there', async () => {
    const { grpcAddress } = await start();
    const port = grpcAddress!.split(':')[1]!;
    await expect(start({ GRPC_PORT: port })).rejects.toThrow(`port ${port} is taken on 127.0.0.1: choose another`);
    const missing = start({ ...encrypted, GRPC_TLS_KEY: `${tls}none.pem` });
    await expect(missing).rejects.toThrow('GRPC_TLS_KEY cannot be read');
    await expect(start({ ...encrypted, GRPC_TLS_KEY: `${tls}client.key.pem` })).rejects.toThrow(
      'GRPC_TLS_CERT and GRPC_TLS_KEY are not a matching pair of PEM files',
    );
  });

  test('has no port for it when it is switched off', async () => {
    expect((await start({ GRPC_ENABLED: 'false' })).grpcAddress).toBeNull();
  });
});

describe('TLS', () => {
  const ca = pem('ca.pem');
  const own = { cert: pem('client.pem'), key: pem('client.key.pem') };

  test('encrypts, and a client that does not trust the certificate is not connected', async () => {
    const server = await start(encrypted);
    expect(await clientOf(server, { tls: { ca } }).unary(getQueueStatus, {})).toMatchObject({ status: none });
    const unreachable = { grpcStatus: 'UNAVAILABLE', code: null };
    for (const stranger of [clientOf(server, { tls: { ca: null } }), clientOf(server)]) {
      await expect(stranger.unary(getQueueStatus, {})).rejects.toMatchObject(unreachable);
    }
  });

  test('takes only clients with a certificate where that is asked for', async () => {
    const server = await start({ ...encrypted, GRPC_TLS_CLIENT_CA: `${tls}ca.pem` });
    const certified = clientOf(server, { tls: { ca, own } });
    expect(await certified.unary(getQueueStatus, {})).toMatchObject({ status: none });
    await expect(clientOf(server, { tls: { ca } }).unary(getQueueStatus, {})).rejects.toMatchObject({ code: null });
  });
});
