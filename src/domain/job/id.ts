/** What the ids of jobs that were made at a time (milliseconds since 1970) or later are not less than. See `Ids`. */
export function firstIdAt(time: number): string {
  const digits = Math.min(Math.max(0, Math.floor(time)), 0xffff_ffff_ffff).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

/** When an id was made, which is a moment before its job was stored. Milliseconds since 1970. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
