/**
 * What a worker sends to prove its claim: opaque to it. The token is the number of the event that granted the lease, so
 * that every later lease has a greater one; a report with an older one is refused. The protocol is described in
 * services/lease-reaper.ts.
 */
export function formatLeaseId(thingId: string, token: number): string {
  return `${thingId}.${token}`;
}

/** Null when the text is not a lease id. */
export function parseLeaseId(text: string): { readonly thingId: string; readonly token: number } | null {
  const match = /^([A-Za-z0-9-]{1,64})\.([1-9][0-9]{0,14})$/.exec(text);
  return match === null ? null : { thingId: match[1] ?? '', token: Number(match[2]) };
}
