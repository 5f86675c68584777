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
  // No `for … in`: what V8 compiles of that does not outlive objects of many shapes. No call for a number or null.
  for (const each of Object.values(value)) {
    if (typeof each === 'string') left -= 8 + each.length;
    else if (typeof each === 'object' && each !== null) left = lengthLeft(each, left - 8);
    else left -= 16;
    if (left < 0) return left;
  }
  return left;
}
