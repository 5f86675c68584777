export interface Cors {
  /** Adds what allows the origin, if it is allowed. */
  addHeaders(headers: Record<string, string>, origin: string | undefined): void;
}

/** Null when no other origin may call: then there are no such headers at all. `*` allows every origin. */
export function createCors(allowedOrigins: readonly string[]): Cors | null {
  if (allowedOrigins.length === 0) return null;
  const allowed = new Set(allowedOrigins.map((origin) => origin.replace(/\/$/, '')));
  const any = allowed.has('*');
  return {
    addHeaders(headers, origin) {
      if (!any) headers['vary'] = 'Origin';
      if (origin === undefined || !(any || allowed.has(origin))) return;
      // Tokens travel in a header, never in a cookie: credentials are not allowed, so `*` gives nothing away.
      headers['access-control-allow-origin'] = any ? '*' : origin;
      headers['access-control-expose-headers'] = 'x-request-id, retry-after, location, link';
    },
  };
}

export const preflightHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, x-request-id, traceparent, tracestate, last-event-id, ' +
    'mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, x-waybill-read-only',
  'access-control-max-age': '7200',
};
