/**
 * What is left of a length once the text in a plain value is taken off it, about as long as its JSON; below 0, and
 * looked at no further, when it is more.
 */
export function lengthLeft(value: unknown, length: number): number {
  if (typeof value === 'string') return length - value.length;
  if (typeof value !== 'object' || value === null) return length - 8;
  let left = length;
  for (const each of value instanceof Map ? value.values() : Object.values(value)) {
    left = lengthLeft(each, left - 8);
    if (left < 0) return left;
  }
  return left;
}
