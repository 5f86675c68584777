import { clockToleranceMs } from './start.ts';

/** An id may be so much older than its job: it is made when the request arrives. Milliseconds. */
const olderMs = 60_000;

/**
 * Where a job stands in the order of creation. Its id, if that has the time of its creation (see `Ids`). A client may
 * choose an id that has another time, or none: then that of the creation, a colon, and the id. Unique as the id is.
 */
export function placeOf({ id, createdAt }: { readonly id: string; readonly createdAt: number }): string {
  const olderBy = createdAt - timeOfId(id);
  return olderBy <= olderMs && olderBy >= -clockToleranceMs ? id : `${firstPlaceAt(createdAt)}:${id}`;
}

/** The id of the job at a place. */
export function idAt(place: string): string {
  return place.slice(place.indexOf(':') + 1);
}

/** What the places of jobs that were made at a time (milliseconds since 1970) or later are not less than. */
export function firstPlaceAt(time: number): string {
  const digits = Math.min(Math.max(0, Math.floor(time)), 0xffff_ffff_ffff).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

/** The time in a UUIDv7 (RFC 9562, 5.7), or in a place. Milliseconds since 1970. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
