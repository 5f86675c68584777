/**
 * What is left of a length once the text in a plain value is taken off it, about as long as its JSON; below 0, and
 * looked at no further, when it is more.
 */
export function lengthLeft(value: unknown, length: number): number {
  if (typeof value === 'string') return length - value.length;
  if (typeof value !== 'object' || value === null) return length - 8;
  let left = length;
  if (value instanceof Map || Array.isArray(value)) {
    for (const each of value.values()) {
      left = lengthLeft(each, left - 8);
      if (left < 0) return left;
    }
    return left;
  }
  // Unlike `Object.values`, without an array of them; and without a call for each of what is mostly a number or null.
  for (const name in value) {
    const each = (value as Record<string, unknown>)[name];
    if (typeof each === 'string') left -= 8 + each.length;
    else if (typeof each === 'object' && each !== null) left = lengthLeft(each, left - 8);
    else left -= 16;
    if (left < 0) return left;
  }
  return left;
}
