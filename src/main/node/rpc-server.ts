import { createServer, type Socket } from 'node:net';
import type { AuditTrail } from '../../application/audit/audit.ts';
import type { Tracer } from '../../domain/trace.ts';
import type { Logger } from '../../ports/world.ts';
import type { MountedRpc } from '../../transports/grpc/rpc.ts';
import { createRpcServer } from '../../transports/grpc/server.ts';
import { audited } from '../audited.ts';
import type { Config } from '../config/config.ts';
import { ConnectionCounts } from './connection-counts.ts';
import type { HttpApp } from './http-app.ts';
import { bind } from './http-server.ts';
import type { Metrics } from './metrics/metrics.ts';
import { RareWarnings } from './rare-warnings.ts';
import { readRpcTls } from './rpc-tls.ts';
import { traceCalls } from './tracing/call-spans.ts';
import { createIds, systemClock } from './world.ts';

export interface RunningRpc {
  /** Where it listens: `127.0.0.1:50051`. */
  readonly address: string;
  /** Takes no more connections, ends streams, and lets calls under way end; after `graceMs` they are cut off. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves gRPC on a port of its own; null where it is switched off or there is no service.
 *
 * @throws {Error} with a clear message when it cannot listen there, or a file of TLS cannot be read
 */
export async function startRpc({ config, services, app, metrics, auditTrail, logger, tracer }: {
  readonly config: Config;
  readonly services: readonly MountedRpc[];
  readonly app: Pick<HttpApp, 'authenticate' | 'ready'>;
  readonly metrics: Pick<Metrics, 'observeCall'>;
  /** Absent: of agents alone, who change nothing of others. */
  readonly auditTrail?: AuditTrail;
  readonly logger: Logger;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}): Promise<RunningRpc | null> {
  const { grpc, http, host, dev: devMode, limits, trustProxy } = config;
  if (!grpc.enabled || services.length === 0) return null;
  const rpc = createRpcServer({
    mounted: services,
    authenticate: app.authenticate,
    ready: app.ready,
    observe: metrics.observeCall,
    trace: tracer && traceCalls(tracer),
    ...(auditTrail && { audit: { trail: auditTrail, rules: audited } }),
    devMode,
    trustProxy,
    logger,
    newRequestId: createIds(systemClock).uuid,
    tls: grpc.tls && readRpcTls(grpc.tls),
    maxMessageBytes: limits.maxBodyBytes,
    maxCallsPerUser: http.maxRequestsPerUser,
    maxStreamsPerUser: http.maxWaitingPerUser,
    requestMs: http.requestBodyMs,
  });
  const accept = limited({ ...http, trustProxy }, logger, (socket) => rpc.accept(socket));
  const server = createServer({ noDelay: true }, accept);
  const at = { host, port: grpc.port, flag: 'grpc-port' } as const;
  const address = await bind(server, at).catch((error: unknown) => {
    if (!grpc.anyPort || grpc.port === 0) throw error;
    logger.warn('the usual port of gRPC is taken: a free one is used', { port: grpc.port });
    return bind(server, { ...at, port: 0 });
  });
  return {
    address,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await rpc.close(graceMs);
      await closed;
    },
  };
}

/** Behind a proxy all clients have one address, so that only all of them together are limited. */
function limited(
  { maxConnections, maxConnectionsPerAddress, trustProxy }: Config['http'] & Pick<Config, 'trustProxy'>,
  logger: Logger,
  accept: (socket: Socket) => void,
): (socket: Socket) => void {
  const counts = new ConnectionCounts(trustProxy ? 0 : maxConnectionsPerAddress);
  const warnings = new RareWarnings(logger);
  let all = 0;
  return (socket) => {
    const address = socket.remoteAddress ?? '';
    const release = all < maxConnections ? counts.take(address) : null;
    if (release === null) {
      const option = all < maxConnections ? 'MAX_CONNECTIONS_PER_ADDRESS' : 'MAX_CONNECTIONS';
      warnings.warn(`connections for gRPC are turned away: ${option} is reached`, { address });
      return void socket.destroy();
    }
    all += 1;
    socket.once('close', () => {
      all -= 1;
      release();
    });
    accept(socket);
  };
}
