import type { Tracer } from '../../../domain/trace.ts';
import type { RpcServerOptions } from '../../../transports/grpc/server.ts';

/** Of a status that says that the server is at fault, as semantic conventions for RPC have it. */
const faults: ReadonlySet<string> = new Set([
  'UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS',
]);

/** A server span for each call of gRPC, named by its method. */
export function traceCalls(tracer: Tracer): NonNullable<RpcServerOptions['trace']> {
  return (path, traceparent) => {
    const method = path.replace(/^\//, '');
    const span = tracer.start({
      name: method, kind: 'server', parent: traceparent,
      attributes: { 'rpc.system.name': 'grpc', 'rpc.method': method },
    });
    return {
      traceparent: span.traceparent,
      within: (work) => tracer.within(span, work),
      answered(status) {
        span.set({ 'rpc.response.status_code': status });
        if (faults.has(status)) span.fail(status);
        span.end();
      },
    };
  };
}
