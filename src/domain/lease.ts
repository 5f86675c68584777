/**
 * What a worker sends back to prove its claim: opaque to it. Its token is the number of the event that granted the
 * lease, so that a later lease has a greater one: whoever speaks with an older one has lost its lease, and is refused.
 */
export function formatLeaseId(thingId: string, token: number): string {
  return `${thingId}.${token}`;
}

/** Null when the text is no lease id. */
export function parseLeaseId(text: string): { readonly thingId: string; readonly token: number } | null {
  const match = /^([A-Za-z0-9-]{1,64})\.([1-9][0-9]{0,14})$/.exec(text);
  return match === null ? null : { thingId: match[1] ?? '', token: Number(match[2]) };
}
