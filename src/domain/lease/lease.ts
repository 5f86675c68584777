/**
 * A lease is a worker's time-bounded claim. Each grant gets the next token; whoever speaks with
 * an older token lost its lease (it was slow, paused, or cut off) and is refused, so that two
 * workers never both count (a fencing token). Time runs on the store's side only.
 */
export interface Lease {
  /** Counts the grants of this thing, from 1. */
  readonly token: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Whether the claim may be granted (again). */
export function isFree(lease: Lease | null, now: number): boolean {
  return lease === null || lease.expiresAt <= now;
}

/** Throws nothing: null when the thing is held by someone else. */
export function grantLease(lease: Lease | null, now: number, durationMs: number): Lease | null {
  if (!isFree(lease, now)) return null;
  return { token: (lease?.token ?? 0) + 1, expiresAt: now + durationMs };
}

/** Whether what comes with `token` may still count. A lapsed lease counts until it is granted again. */
export function holds(lease: Lease | null, token: number): boolean {
  return lease !== null && lease.token === token;
}

/** What a worker sends back to prove its claim: opaque to it. */
export function formatLeaseId(thingId: string, token: number): string {
  return `${thingId}.${token}`;
}

/** Null when the text is no lease id. */
export function parseLeaseId(text: string): { readonly thingId: string; readonly token: number } | null {
  const match = /^([A-Za-z0-9-]{1,64})\.([1-9][0-9]{0,14})$/.exec(text);
  return match === null ? null : { thingId: match[1] ?? '', token: Number(match[2]) };
}
