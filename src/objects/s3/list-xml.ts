/**
 * The answer of ListObjectsV2, as far as it is needed. No XML parser: entities beyond the five of XML
 * and numbers do not exist here, so a document cannot make us fetch or expand anything.
 */
import type { ObjectSummary } from '../../ports/object-store.ts';

export interface ListAnswer {
  readonly objects: readonly ObjectSummary[];
  /** Null at the end. */
  readonly nextToken: string | null;
}

/** Throws SyntaxError, with a few words, when this is not such an answer or not the whole of it. */
export function parseListAnswer(xml: string): ListAnswer {
  const root = between(xml, '<ListBucketResult', '</ListBucketResult>');
  if (root === null) throw new SyntaxError('it is not a complete ListBucketResult');
  const { contents, outside } = splitContents(root);
  const encoded = textOf(outside, 'EncodingType') === 'url';
  const objects = contents.map((one) => parseContents(one, encoded));
  const truncated = textOf(outside, 'IsTruncated') === 'true';
  const token = textOf(outside, 'NextContinuationToken');
  if (truncated && (token === null || token === '')) {
    throw new SyntaxError('it is truncated but has no continuation token');
  }
  return { objects, nextToken: truncated ? token : null };
}

/** The code and message of an S3 error, for people; null where there are none. */
export function parseError(xml: string): { readonly code: string; readonly message: string } | null {
  const root = between(xml, '<Error', '</Error>');
  const code = root === null ? null : textOf(root, 'Code');
  return root === null || code === null ? null : { code, message: textOf(root, 'Message') ?? '' };
}

// By index and not by one regular expression: on a bad document that would take quadratic time.

function between(xml: string, start: string, end: string): string | null {
  const from = xml.indexOf(start);
  const to = xml.lastIndexOf(end);
  const open = from === -1 ? -1 : xml.indexOf('>', from);
  return open === -1 || to < open ? null : xml.slice(open + 1, to);
}

/** What stands in each `Contents`, and what stands around them. */
function splitContents(root: string): { readonly contents: readonly string[]; readonly outside: string } {
  const [start, end] = ['<Contents>', '</Contents>'];
  const contents: string[] = [];
  let outside = '';
  let at = 0;
  for (;;) {
    const from = root.indexOf(start, at);
    const to = from === -1 ? -1 : root.indexOf(end, from);
    if (to === -1) return { contents, outside: outside + root.slice(at) };
    outside += root.slice(at, from);
    contents.push(root.slice(from + start.length, to));
    at = to + end.length;
  }
}

function parseContents(contents: string, encoded: boolean): ObjectSummary {
  const rawKey = textOf(contents, 'Key');
  const size = textOf(contents, 'Size');
  const modifiedAt = Date.parse(textOf(contents, 'LastModified') ?? '');
  if (rawKey === null || size === null || !/^\d{1,15}$/.test(size) || Number.isNaN(modifiedAt)) {
    throw new SyntaxError('an object in it has no key, size or date');
  }
  return { key: encoded ? decodeKey(rawKey) : rawKey, size: Number(size), modifiedAt };
}

/** With `encoding-type=url` AWS writes a space as `+` and a plus as `%2B`; others write `%20`. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new SyntaxError('a key in it is not properly escaped');
  }
}

function textOf(xml: string, name: string): string | null {
  const match = new RegExp(`<${name}(?:/>|>([^<]*)</${name}>)`).exec(xml);
  return match === null ? null : unescapeXml(match[1] ?? '');
}

const named: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
);

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]+));/g, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return named.get(name) ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
