import type { Tracer } from '../../../domain/trace.ts';
import type { FrameOptions } from '../../../transports/rest/frame.ts';

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A server span for each request, named by its route's template. */
export function traceRequests(tracer: Tracer): NonNullable<FrameOptions['trace']> {
  return (method, path, traceparent) => {
    const known = methods.has(method) ? method : '_OTHER';
    const span = tracer.start({
      name: known, kind: 'server', parent: traceparent,
      attributes: { 'http.request.method': known, 'url.path': path.slice(0, 300) },
    });
    return {
      traceparent: span.traceparent,
      within: (work) => tracer.within(span, work),
      answered(route, status) {
        if (route !== null) span.rename(`${known} ${route}`);
        span.set({ 'http.response.status_code': status, ...(route !== null && { 'http.route': route }) });
        if (status >= 500) span.fail(String(status));
        span.end();
      },
    };
  };
}
