/** A client's own request id if it is fit to be logged, else null. */
export function usableRequestId(requestId: string | undefined): string | null {
  return requestId !== undefined && /^[A-Za-z0-9._:+=@/-]{1,128}$/.test(requestId) ? requestId : null;
}

/** A W3C traceparent that is well formed, or null: https://www.w3.org/TR/trace-context/#traceparent-header */
export function usableTraceparent(header: string | undefined): string | null {
  if (header === undefined || header.length > 200) return null;
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(header.trim());
  if (match === null || match[1] === 'ff' || /^0+$/.test(match[2]!) || /^0+$/.test(match[3]!)) return null;
  return match[1] === '00' && match[4] !== undefined ? null : match[0];
}

/** What a line of the log says of a request with this traceparent. */
export function traceFields(traceparent: string | null): Readonly<Record<string, string>> {
  return traceparent === null ? {} : { trace_id: traceparent.slice(3, 35), span_id: traceparent.slice(36, 52) };
}

/** What is wrong with an Idempotency-Key; null: nothing. */
export function idempotencyKeyProblem(key: string): string | null {
  return /^[\x20-\x7e]{1,200}$/.test(key) ? null : 'must have 1 to 200 printable ASCII characters';
}
