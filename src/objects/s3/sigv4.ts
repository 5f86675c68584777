/**
 * AWS Signature Version 4 for S3, by WebCrypto: runs on Node and on Workers alike.
 *
 * Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)". S3 differs from
 * other services in that the path is escaped once and never normalized, and that a presigned URL
 * signs the text UNSIGNED-PAYLOAD in place of the body's hash.
 */
import { InvariantViolation } from '../../domain/errors.ts';

export interface SigV4Credentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export type QueryPair = readonly [name: string, value: string];

export interface CanonicalRequest {
  readonly method: string;
  /** Absolute and escaped, as in the request line. */
  readonly path: string;
  /** Not escaped, in any order. */
  readonly query: readonly QueryPair[];
  /** Names in lower case; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
}

export interface PresignRequest {
  readonly method: string;
  /** "https://host[:port]", without a slash at the end. */
  readonly origin: string;
  readonly path: string;
  readonly query?: readonly QueryPair[];
  /** Signed besides `host`; the request must have them with just these values. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** 1 to 604,800. */
  readonly expiresInSeconds: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SigV4Signer {
  /** Hex. */
  signature(request: CanonicalRequest, at: number): Promise<string>;
  /** The whole URL. */
  presign(request: PresignRequest): Promise<string>;
}

const algorithm = 'AWS4-HMAC-SHA256';
const maxExpirySeconds = 604_800;
/** Today and yesterday, and whatever another clock says. */
const cachedDays = 3;
const encoder = new TextEncoder();

export function createSigV4Signer(credentials: SigV4Credentials): SigV4Signer {
  const scopeEnd = `${credentials.region}/s3/aws4_request`;
  const scopeEndEscaped = encodeRfc3986(scopeEnd);
  const accessKeyId = encodeRfc3986(credentials.accessKeyId);
  const amzDate = createDater();
  const keys = new Map<string, Promise<CryptoKey>>();

  /** One key a day: the same four HMACs need not be taken for every URL. */
  function keyOfDay(day: string): Promise<CryptoKey> {
    const known = keys.get(day);
    if (known !== undefined) return known;
    const made = deriveKey(credentials, day);
    if (keys.size === cachedDays) keys.delete(keys.keys().next().value as string);
    keys.set(day, made);
    return made;
  }

  async function signature(request: CanonicalRequest, at: number): Promise<string> {
    return sign(request, encodeQuery(request.query), signedHeaderNames(request.headers), amzDate(at));
  }

  async function sign(request: CanonicalRequest, query: string, signed: string, date: string): Promise<string> {
    const { method, path, headers, payloadHash } = request;
    let lines = '';
    for (const name of signed.split(';')) lines += `${name}:${trimHeader(headers[name] as string)}\n`;
    const canonical = `${method}\n${path}\n${query}\n${lines}\n${signed}\n${payloadHash}`;
    const hash = hex(await crypto.subtle.digest('SHA-256', encoder.encode(canonical)));
    const day = date.slice(0, 8);
    const text = `${algorithm}\n${date}\n${day}/${scopeEnd}\n${hash}`;
    return hex(await crypto.subtle.sign('HMAC', await keyOfDay(day), encoder.encode(text)));
  }

  async function presign(request: PresignRequest): Promise<string> {
    const { method, origin, path, expiresInSeconds: expires } = request;
    if (!Number.isInteger(expires) || expires < 1 || expires > maxExpirySeconds) {
      throw new InvariantViolation(`a presigned URL lives 1 to ${maxExpirySeconds} whole seconds, not ${expires}`);
    }
    const date = amzDate(request.at);
    const headers = { ...request.headers, host: origin.slice(origin.indexOf('://') + 3) };
    const signed = signedHeaderNames(headers);
    const stamp = [
      `X-Amz-Algorithm=${algorithm}`,
      `X-Amz-Credential=${accessKeyId}%2F${date.slice(0, 8)}%2F${scopeEndEscaped}`,
      `X-Amz-Date=${date}`,
      `X-Amz-Expires=${expires}`,
      `X-Amz-SignedHeaders=${signed.replaceAll(';', '%3B')}`,
    ];
    const query = request.query === undefined ? stamp.join('&') : withQuery(stamp, request.query);
    const canonical = { method, path, query: [], headers, payloadHash: 'UNSIGNED-PAYLOAD' };
    return `${origin}${path}?${query}&X-Amz-Signature=${await sign(canonical, query, signed, date)}`;
  }

  return { signature, presign };
}

/** 20261122T000000Z. Many URLs are signed in one second, and making the text costs as much as a hash. */
function createDater(): (at: number) => string {
  let second = Number.NaN;
  let text = '';
  return (at) => {
    const now = Math.floor(at / 1000);
    if (now !== second) {
      text = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
      second = now;
    }
    return text;
  };
}

/** RFC 3986: everything but letters, digits and `-._~` is escaped, with capital digits. */
function encodeRfc3986(text: string): string {
  const encoded = encodeURIComponent(text);
  return /[!'()*]/.test(encoded) ? encoded.replace(/[!'()*]/g, escapeCharacter) : encoded;
}

/** As above, but `/` stays. */
export function encodeKey(key: string): string {
  return encodeRfc3986(key).replaceAll('%2F', '/');
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Sorted by escaped name, then value. */
function encodeQuery(pairs: readonly QueryPair[]): string {
  const encoded = pairs.map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const);
  encoded.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
  return encoded.map(([name, value]) => `${name}=${value}`).join('&');
}

/** No other parameter of S3's begins with `X-Amz-`: each comes before the whole stamp or after it. */
function withQuery(stamp: readonly string[], pairs: readonly QueryPair[]): string {
  const before = encodeQuery(pairs.filter(([name]) => name < 'X-Amz-'));
  const after = encodeQuery(pairs.filter(([name]) => name >= 'X-Amz-'));
  return [before, ...stamp, after].filter((part) => part !== '').join('&');
}

function signedHeaderNames(headers: Readonly<Record<string, string>>): string {
  return Object.keys(headers).sort().join(';');
}

function trimHeader(value: string): string {
  return value.trim().replace(/ {2,}/g, ' ');
}

async function deriveKey(credentials: SigV4Credentials, day: string): Promise<CryptoKey> {
  let key = await importKey(encoder.encode(`AWS4${credentials.secretAccessKey}`));
  for (const part of [day, credentials.region, 's3', 'aws4_request']) {
    key = await importKey(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(part))));
  }
  return key;
}

function importKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(buffer: ArrayBuffer): string {
  let text = '';
  for (const byte of new Uint8Array(buffer)) text += hexOfByte[byte];
  return text;
}
