/**
 * The signed part of an object's URL: `?expires=<ms>[&type=<content type>][&length=<bytes>]&signature=<…>`.
 *
 * The signature is HMAC-SHA256 (base64url) over method, key, expiry, type and length, one a line.
 * None of them can hold a line break, so no two requests share a text to sign. GET's signature serves
 * HEAD too. The key is derived from the secret, so that the secret may be used for other things as well.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type SignedMethod = 'PUT' | 'GET';

/** What a good signature allows. */
export interface Grant {
  /** Milliseconds since 1970; from then on the URL is worth nothing. */
  readonly expiresAt: number;
  readonly contentType: string | null;
  readonly contentLength: number | null;
}

export interface UrlSigner {
  /** The query, without the question mark. */
  sign(method: SignedMethod, key: string, grant: Grant): string;
  /** Null when the signature is missing or belongs to something else. Does not look at the time. */
  verify(method: SignedMethod, key: string, query: URLSearchParams): Grant | null;
}

const purpose = 'waybill object urls 1';

/** Half of SHA-256's width: less could be guessed. */
export const minSecretBytes = 16;

export function createUrlSigner(secret: Uint8Array | string): UrlSigner {
  // As text: measured on Node 24, a key that is a string makes an HMAC twice as fast as the same key in bytes.
  const derived = createHmac('sha256', secret).update(purpose).digest('base64url');

  function signature(method: SignedMethod, key: string, expires: string, type: string, length: string): string {
    const text = `${method}\n${key}\n${expires}\n${type}\n${length}`;
    return createHmac('sha256', derived).update(text).digest('base64url');
  }

  return {
    sign(method, key, grant) {
      const expires = String(grant.expiresAt);
      const type = grant.contentType ?? '';
      const length = grant.contentLength === null ? '' : String(grant.contentLength);
      const signed = signature(method, key, expires, type, length);
      const typePart = type === '' ? '' : `&type=${encodeURIComponent(type)}`;
      const lengthPart = length === '' ? '' : `&length=${length}`;
      return `expires=${expires}${typePart}${lengthPart}&signature=${signed}`;
    },

    verify(method, key, query) {
      const given = query.get('signature') ?? '';
      const expires = query.get('expires') ?? '';
      const type = query.get('type') ?? '';
      const length = query.get('length') ?? '';
      if (!equalInConstantTime(given, signature(method, key, expires, type, length))) return null;
      return {
        expiresAt: Number(expires),
        contentType: type === '' ? null : type,
        contentLength: length === '' ? null : Number(length),
      };
    },
  };
}

/** Compares the text itself: base64url's last character has bits that decoding would drop. */
function equalInConstantTime(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
