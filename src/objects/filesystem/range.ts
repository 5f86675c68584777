/** The part of an object that a Range header asks for (RFC 9110, section 14). */

/** Both inclusive, both inside the object. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Null: the whole object, because no range was asked for, or several, or in a form that RFC 9110
 * lets a server ignore. "none": nothing of it is in the object, which is status 416.
 */
export function parseRange(header: string | null, size: number): ByteRange | 'none' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  const from = match?.[1];
  const to = match?.[2];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  if (from === '') {
    const wanted = Math.min(Number(to), size);
    return wanted === 0 ? 'none' : { first: size - wanted, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Number(to);
  if (to !== '' && last < first) return null;
  return first >= size ? 'none' : { first, last: Math.min(last, size - 1) };
}
