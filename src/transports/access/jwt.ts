/**
 * JSON Web Tokens signed with HMAC-SHA256, and nothing else: the algorithm is ours to choose, not the
 * token's, so that `none` or a key of another sort is never tried. WebCrypto only.
 */
export interface Jwt {
  /** Times in seconds since 1970, as RFC 7519 has them. */
  sign(claims: JwtClaims): Promise<string>;
  /** The claims, or what is wrong with the token: only what its times are is told, and of one with our signature. */
  verify(token: string, nowMs: number): Promise<Verified>;
}

export type Verified =
  | { readonly ok: true; readonly claims: JwtClaims; readonly expiresAtMs: number }
  | { readonly ok: false; readonly problem: string };

export interface JwtClaims {
  readonly sub?: unknown;
  readonly roles?: unknown;
  readonly exp?: unknown;
  readonly nbf?: unknown;
  readonly iat?: unknown;
  readonly iss?: unknown;
  readonly aud?: unknown;
  readonly [name: string]: unknown;
}

const maxLength = 8_192;
/** An issuer's clock may be ahead of ours by so much. */
const notBeforeLeewaySeconds = 5;
/** Ours come from another server too, whose clock may be further ahead. */
const issuedLeewaySeconds = 60;
/** Whoever wants a token to be good for longer wants an API key, which can be revoked. */
const maxLifeSeconds = 400 * 86_400;
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
      if (known !== undefined) return current(known, nowMs);
      const parts = splitJwt(token);
      if (parts === null || parts.header['alg'] !== 'HS256' || parts.header['crit'] !== undefined) return notOurs;
      const signed = utf8.encode(signedPart(token));
      if (!(await crypto.subtle.verify('HMAC', await key(), parts.signature, signed))) return notOurs;
      const claims = decodeObject(parts.payload);
      if (claims === null) return notOurs;
      const checked = current(claims, nowMs);
      if (!checked.ok) return checked;
      if (verified.size >= maxRemembered) verified.delete(verified.keys().next().value!);
      verified.set(token, claims);
      return checked;
    },
  };
}

/** What the signature is of. The signature itself may be spelled in more ways than one. */
export function signedPart(token: string): string {
  return token.slice(0, token.lastIndexOf('.'));
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

const notOurs: Verified = { ok: false, problem: 'The token is not one that this server takes' };

function current(claims: JwtClaims, nowMs: number): Verified {
  const { exp, nbf, iat } = claims;
  const now = nowMs / 1_000;
  if (exp === undefined) return { ok: false, problem: 'The token has no "exp": it must say when it expires' };
  if (typeof exp !== 'number') return { ok: false, problem: 'The "exp" of the token is not a number' };
  if (!(now < exp)) return { ok: false, problem: 'The token has expired' };
  if (exp > now + maxLifeSeconds) {
    return { ok: false, problem: `The token expires in more than ${maxLifeSeconds / 86_400} days: it must be sooner` };
  }
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + notBeforeLeewaySeconds)) {
    return { ok: false, problem: 'The token is not valid yet' };
  }
  // Else one that says so would outlive every end of its user's logins.
  if (iat !== undefined && !(typeof iat === 'number' && iat <= now + issuedLeewaySeconds)) {
    return { ok: false, problem: 'The "iat" of the token is not a time that has come' };
  }
  return { ok: true, claims, expiresAtMs: exp * 1_000 };
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
