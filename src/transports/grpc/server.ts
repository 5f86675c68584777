import type { Socket } from 'node:net';
import type { DescMethod } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { AuditOptions } from '../access/audit-rule.ts';
import type { Authenticate } from '../access/authenticator.ts';
import { Permits } from '../access/permits.ts';
import { Admission } from './admission.ts';
import type { CallSpan } from './exchange.ts';
import { healthService } from './health.ts';
import { RpcLog, type RpcLogOptions } from './log.ts';
import { reflectionService } from './reflection.ts';
import type { AnyHandler, MountedRpc, RpcAccess } from './rpc.ts';
import { serveDuplex, serveStream, serveUnary, type Serving } from './serve.ts';

export interface RpcServerOptions extends RpcLogOptions {
  readonly mounted: readonly MountedRpc[];
  readonly authenticate: Authenticate;
  /** Begins to trace a call; absent: nothing is traced. */
  readonly trace?: ((path: string, traceparent: string | null) => CallSpan) | undefined;
  readonly devMode: boolean;
  readonly newRequestId: () => string;
  /** Whether all clients connect through a proxy, which says their address in x-forwarded-for. */
  readonly trustProxy: boolean;
  /** Absent: nothing is remembered of who changed what. */
  readonly audit?: AuditOptions;
  /** Rejects when a part that is needed cannot answer. */
  readonly ready: () => Promise<void>;
  /** Null: plain HTTP/2. */
  readonly tls: RpcTls | null;
  /** Of one message, either way. */
  readonly maxMessageBytes: number;
  /** At once; 0: no limit. */
  readonly maxCallsPerUser: number;
  readonly maxStreamsPerUser: number;
  /** How long a request may take to come. Milliseconds. */
  readonly requestMs: number;
  /** Milliseconds of silence after which a client is asked whether it is there, and for its answer. */
  readonly keepalive?: { readonly afterMs: number; readonly answerMs: number };
}

/** PEM. */
export interface RpcTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Clients have to show a certificate that it has signed; null: they need none. */
  readonly clientCa: Buffer | null;
}

export interface RpcServer {
  /** Takes a connection. */
  accept(socket: Socket): void;
  /** Ends streams, lets calls under way end, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Streams on one connection at once: followers and agents behind a proxy share it. */
const maxConcurrentStreams = 1_000;
/** Connections without a call are closed after it; clients open another when they need it. */
const idleMs = 5 * 60_000;
const watchMs = 2_000;

/** @throws {TypeError} when a service is mounted twice, or has a method of a kind that is not served */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { afterMs, answerMs } = options.keepalive ?? { afterMs: 10_000, answerMs: 20_000 };
  let draining = false;
  const services = options.mounted.map(({ service }) => service);
  const health = healthService({
    services: services.map(({ typeName }) => typeName),
    ready: () => (draining ? Promise.reject(new Error('the server is shutting down')) : options.ready()),
    watchMs,
  });
  const reflection = reflectionService([...services, health.service]);
  const access = new Map<string, RpcAccess>();
  const admission = createAdmission(options, (path) => access.get(path) ?? 'admin');
  const server = new Server({
    'grpc.max_receive_message_length': options.maxMessageBytes,
    // Looked after where it can be logged.
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': maxConcurrentStreams,
    'grpc.keepalive_time_ms': afterMs,
    'grpc.keepalive_timeout_ms': answerMs,
    'grpc.max_connection_idle_ms': idleMs,
    'grpc.enable_channelz': 0,
    interceptors: [admission.interceptor],
  });
  const { maxMessageBytes, audit } = options;
  const serving = { admission, log: new RpcLog(options), maxMessageBytes, audit };
  for (const mounted of [...options.mounted, health, reflection]) mount(server, serving, access, mounted);
  mount(server, serving, access, reflection, 'grpc.reflection.v1alpha.ServerReflection');
  const connections = server.createConnectionInjector(credentialsOf(options.tls));
  const sockets = new Set<Socket>();
  return {
    accept: (socket) => {
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      // Before the library has looked at it nobody else hears of it.
      socket.on('error', () => {});
      connections.injectConnection(socket);
    },
    close: async (graceMs) => {
      draining = true;
      admission.drain();
      const closed = Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
      // It tells its clients, and calls back too early: Node closes the sessions that it then takes for closed.
      server.tryShutdown(() => {});
      const deadline = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await closed;
      clearTimeout(deadline);
    },
  };
}

function createAdmission(options: RpcServerOptions, accessOf: (path: string) => RpcAccess): Admission {
  const limits = { inAll: 0, retryAfterSeconds: 1 };
  const permits = {
    calls: new Permits({ ...limits, what: 'call', perUser: options.maxCallsPerUser }),
    streams: new Permits({ ...limits, what: 'stream', perUser: options.maxStreamsPerUser }),
  };
  return new Admission({ ...options, permits, log: new RpcLog(options) }, accessOf);
}

function credentialsOf(tls: RpcTls | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls;
  return ServerCredentials.createSsl(clientCa, [{ cert_chain: cert, private_key: key }], clientCa !== null);
}

function mount(
  server: Server,
  serving: Serving,
  access: Map<string, RpcAccess>,
  { service, access: needed, handlers, audits }: MountedRpc,
  name = service.typeName,
): void {
  for (const method of service.methods) {
    const path = `/${name}/${method.name}`;
    const handler = handlers[method.localName];
    if (typeof handler !== 'function') throw new TypeError(`${path} has no handler`);
    access.set(path, needed);
    const auditOf = audits[method.localName];
    if (!register(server, serving, path, { method, handler, auditOf })) throw new TypeError(`${path} is mounted twice`);
  }
}

interface Served {
  readonly method: DescMethod;
  readonly handler: unknown;
  readonly auditOf: MountedRpc['audits'][string];
}

function register(server: Server, serving: Serving, path: string, { method, handler, auditOf }: Served): boolean {
  const add = (
    func: ReturnType<typeof serveUnary> | ReturnType<typeof serveStream> | ReturnType<typeof serveDuplex>,
    type: 'unary' | 'serverStream' | 'bidi',
  ): boolean => server.register<Buffer, Buffer>(path, func, plain, plain, type);
  switch (method.methodKind) {
    case 'unary':
      return add(serveUnary(serving, method, handler as AnyHandler<'unary'>, auditOf), 'unary');
    case 'server_streaming':
      return add(serveStream(serving, method, handler as AnyHandler<'server_streaming'>), 'serverStream');
    case 'bidi_streaming':
      return add(serveDuplex(serving, method, handler as AnyHandler<'bidi_streaming'>), 'bidi');
    case 'client_streaming':
      throw new TypeError(`${path} is a client-streaming call, which is not supported`);
  }
}

/** Messages are read and written where their faults can be told. */
function plain(bytes: Buffer): Buffer {
  return bytes;
}
