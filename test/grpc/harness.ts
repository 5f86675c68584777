import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { DescService } from '@bufbuild/protobuf';
import { ok } from '../../src/contract/errors.ts';
import { createAuthenticator } from '../../src/transports/access/authenticator.ts';
import {
  JobExecutionService,
} from '../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { LogStreamService } from '../../src/contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { MetricsService } from '../../src/contract/proto/generated/waybill/v1/metrics_service_pb.ts';
import {
  ProviderManagementService,
} from '../../src/contract/proto/generated/waybill/v1/provider_management_service_pb.ts';
import { SchedulerService } from '../../src/contract/proto/generated/waybill/v1/scheduler_service_pb.ts';
import { WorkerAgentService } from '../../src/contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import { mountedRpc, type MountedRpc, type RpcAccess, type RpcHandlers } from '../../src/transports/grpc/rpc.ts';
import { createRpcServer, type RpcServerOptions } from '../../src/transports/grpc/server.ts';
import { RpcClient, type RpcClientOptions } from '../../src/worker/grpc/rpc-client.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestServer {
  readonly address: string;
  readonly log: readonly LogLine[];
  /** Resolves with the first line of the log that fits, also with one that is there. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  client(options?: Partial<RpcClientOptions>): RpcClient;
  close(graceMs?: number): Promise<void>;
}

/** A gRPC server in this process: any user id is a token, and has the roles user and operator. */
export async function startRpcServer(
  mounted: readonly MountedRpc[],
  options: Partial<RpcServerOptions> & { readonly port?: number } = {},
): Promise<TestServer> {
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  const at = (level: string) => (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    log.push({ level, message, fields });
    for (const look of waiting) look();
  };
  let requests = 0;
  const rpc = createRpcServer({
    trustProxy: false,
    mounted,
    authenticate: createAuthenticator({ jwtSecret: null, devMode: true, findApiKey: async () => null, clock: Date }),
    devMode: true,
    newRequestId: () => `request-${(requests += 1)}`,
    ready: async () => {},
    tls: null,
    maxMessageBytes: 1_048_576,
    maxCallsPerUser: 0,
    maxStreamsPerUser: 0,
    requestMs: 30_000,
    logger: { debug: at('debug'), info: at('info'), error: at('error') },
    ...options,
  });
  const listener = createServer((socket) => rpc.accept(socket));
  await once(listener.listen(options.port ?? 0, '127.0.0.1'), 'listening');
  const address = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const clients: RpcClient[] = [];
  return {
    address,
    log,
    logged: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = log.find(fits);
          if (found === undefined) return void waiting.add(look);
          waiting.delete(look);
          resolve(found);
        };
        look();
      }),
    client: (own = {}) => {
      const client = new RpcClient({ address, tls: null, token: 'ola', ...own });
      clients.push(client);
      return client;
    },
    close: async (graceMs = 1_000) => {
      for (const client of clients) client.close();
      const closed = new Promise((resolve) => listener.close(resolve));
      await rpc.close(graceMs);
      await closed;
    },
  };
}

/** Every method of a service answers with an empty message, but for those that are given. */
export function answering<S extends DescService, const A extends RpcAccess>(
  service: S,
  access: A,
  handlers: Partial<RpcHandlers<S, A>> = {},
): MountedRpc {
  const empty = service.methods.map(({ localName, methodKind }) => {
    return [localName, async () => ok(methodKind === 'unary' ? {} : null)];
  });
  return mountedRpc(service, access, { ...Object.fromEntries(empty), ...handlers } as RpcHandlers<S, A>);
}

/** The six services, as a server mounts them. */
export function allServices(): MountedRpc[] {
  return [
    answering(JobExecutionService, 'operator'),
    answering(WorkerAgentService, 'none'),
    answering(SchedulerService, 'operator'),
    answering(ProviderManagementService, 'operator'),
    answering(MetricsService, 'operator'),
    answering(LogStreamService, 'operator'),
  ];
}
