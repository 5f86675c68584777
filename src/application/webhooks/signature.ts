/**
 * Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over `<id>.<timestamp>.<body>` with the bytes that
 * a secret has in base64 behind `whsec_`.
 */
const prefix = 'whsec_';
const encoder = new TextEncoder();

/** 32 random bytes, within the 24 to 64 that the specification asks for. */
export function newWebhookSecret(): string {
  return prefix + base64(crypto.getRandomValues(new Uint8Array(32)));
}

/** The three headers. Each secret adds a signature: a receiver that knows any of them is content. */
export async function signedHeaders(
  delivery: { readonly id: string; readonly body: string },
  secrets: readonly string[],
  at: number,
): Promise<Readonly<Record<string, string>>> {
  const seconds = Math.floor(at / 1_000);
  const message = encoder.encode(`${delivery.id}.${seconds}.${delivery.body}`);
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, message)));
  return {
    'webhook-id': delivery.id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  };
}

async function sign(secret: string, message: Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.slice(prefix.length)), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', key, message)));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
