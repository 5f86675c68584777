/** Whether the JSON of a value has at most so many bytes of UTF-8. */
export function jsonFits(value: unknown, bytes: number): boolean {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return true;
  return textFits(JSON.stringify(value), bytes);
}

/** Whether a text has at most so many bytes of UTF-8. */
export function textFits(text: string, bytes: number): boolean {
  // No character has more than three bytes for each of its UTF-16 units.
  if (text.length * 3 <= bytes) return true;
  return text.length <= bytes && new TextEncoder().encode(text).length <= bytes;
}

/** How many of the newest lines of a log can be asked for, by REST, gRPC and the command line. */
export const maxTail = 1_000_000;
