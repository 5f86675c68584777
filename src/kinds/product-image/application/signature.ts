/** In the order in which they are looked for: the first that is there counts. */
const headers = ['x-3jms-signature', 'x-webhook-signature', 'x-signature'] as const;

export type VerifySignature = (
  bytes: Uint8Array,
  header: (name: string) => string | undefined,
) => Promise<string | null>;

const encoder = new TextEncoder();

/**
 * HMAC-SHA256 of the raw body in hex, `sha256=` before it or not, under any of the secrets. WebCrypto compares in
 * constant time. Null as secrets: whatever comes is taken.
 */
export function signatureCheck(secrets: readonly string[] | null): VerifySignature {
  if (secrets === null) return async () => null;
  const keys = Promise.all(secrets.map((secret) =>
    crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])));
  return async (bytes, header) => {
    const name = headers.find((one) => header(one) !== undefined);
    if (name === undefined) return `There is no signature: send it in ${headers.join(', ')}`;
    const hex = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(header(name)?.trim() ?? '')?.[1];
    if (hex === undefined) return `The ${name} is not HMAC-SHA256 in hex, 64 digits`;
    const given = Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
    const body = new Uint8Array(bytes);
    const checked = await Promise.all((await keys).map((key) => crypto.subtle.verify('HMAC', key, given, body)));
    return checked.includes(true) ? null : `The ${name} is wrong: sign the exact bytes of the body`;
  };
}
