/**
 * JSON Web Tokens signed with HMAC-SHA256, and nothing else: the algorithm is ours to choose, not the
 * token's, so that `none` or a key of another sort is never tried. WebCrypto only.
 */
export interface Jwt {
  /** Times in seconds since 1970, as RFC 7519 has them. */
  sign(claims: JwtClaims): Promise<string>;
  /** The claims, or null when the token is not one of ours, has expired or is not valid yet. */
  verify(token: string, nowMs: number): Promise<JwtClaims | null>;
}

export interface JwtClaims {
  readonly sub?: unknown;
  readonly roles?: unknown;
  readonly exp?: unknown;
  readonly nbf?: unknown;
  readonly [name: string]: unknown;
}

const maxLength = 8_192;
/** An issuer's clock may be ahead of ours by so much. */
const notBeforeLeewaySeconds = 5;
const maxRemembered = 1_000;
const utf8 = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function createJwt(secret: string): Jwt {
  if (secret === '') throw new Error('The JWT secret must not be empty.');
  let imported: Promise<CryptoKey> | null = null;
  const key = (): Promise<CryptoKey> =>
    (imported ??= crypto.subtle.importKey('raw', utf8.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
      'verify',
    ]));
  // Verifying takes 25 to 50 µs, most of it waiting for the crypto pool, and a client sends the same
  // token with every request. Its times are looked at anew each time.
  const verified = new Map<string, JwtClaims>();

  return {
    async sign(claims) {
      const parts = ['{"alg":"HS256","typ":"JWT"}', JSON.stringify(claims)];
      const head = parts.map((part) => encode(utf8.encode(part))).join('.');
      const signature = await crypto.subtle.sign('HMAC', await key(), utf8.encode(head));
      return `${head}.${encode(new Uint8Array(signature))}`;
    },
    async verify(token, nowMs) {
      const known = verified.get(token);
      if (known !== undefined) return isCurrent(known, nowMs) ? known : null;
      const parts = splitJwt(token);
      if (parts === null || parts.header['alg'] !== 'HS256' || parts.header['crit'] !== undefined) return null;
      const signed = utf8.encode(token.slice(0, token.lastIndexOf('.')));
      if (!(await crypto.subtle.verify('HMAC', await key(), parts.signature, signed))) return null;
      const claims = decodeObject(parts.payload);
      if (claims === null || !isCurrent(claims, nowMs)) return null;
      if (verified.size >= maxRemembered) verified.delete(verified.keys().next().value!);
      verified.set(token, claims);
      return claims;
    },
  };
}

/** Whether it was meant as a JWT, well formed or not: what stands before its first dot names an algorithm. */
export function looksLikeJwt(token: string): boolean {
  const dot = token.indexOf('.');
  return dot !== -1 && typeof decodeObject(token.slice(0, dot))?.['alg'] === 'string';
}

interface JwtParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: string;
  readonly signature: Uint8Array<ArrayBuffer>;
}

function splitJwt(token: string): JwtParts | null {
  if (token.length > maxLength) return null;
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return null;
  const decodedHeader = decodeObject(header);
  const decodedSignature = decode(signature);
  if (decodedHeader === null || decodedSignature === null) return null;
  return { header: decodedHeader, payload, signature: decodedSignature };
}

function isCurrent({ exp, nbf }: JwtClaims, nowMs: number): boolean {
  const now = nowMs / 1_000;
  if (exp !== undefined && (typeof exp !== 'number' || !(now < exp))) return false;
  return nbf === undefined || (typeof nbf === 'number' && nbf <= now + notBeforeLeewaySeconds);
}

function decodeObject(part: string): Record<string, unknown> | null {
  const bytes = decode(part);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function decode(part: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) return null;
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
