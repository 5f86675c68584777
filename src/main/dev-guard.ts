import { refusal, type Refusal } from '../domain/errors.ts';
import { isLoopback } from './config/loopback.ts';

/**
 * Development mode takes any user id for a token, so a page on the internet must not reach it: neither by its own
 * address, nor under a name of its own that it lets point to this machine (DNS rebinding). What a browser sends as
 * Host and Origin tells. Null: the request may pass.
 */
export function createDevGuard(options: {
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
}): (asked: { readonly url: string; header(name: string): string | undefined }) => Refusal | null {
  const allowed = new Set(options.allowedOrigins);
  const ownName = hostnameOf(options.publicUrl);
  const isOwn = (name: string): boolean =>
    isLoopback(name) || name.endsWith('.localhost') || (name !== '' && name === ownName);
  // Most requests name the same host as the one before.
  let passed: string | undefined;
  return ({ url, header }) => {
    const host = header('host');
    if (host === undefined || host !== passed) {
      const name = hostnameOf(host === undefined ? url : `http://${host}`);
      if (!isOwn(name)) {
        return refused(
          `it was sent to the host ${shown(host ?? name)}`,
          "Use localhost, or set PUBLIC_URL to the server's public address.",
        );
      }
      passed = host;
    }
    const origin = header('origin');
    if (origin === undefined || allowed.has('*') || allowed.has(origin) || isOwn(hostnameOf(origin))) return null;
    return refused(
      `it comes from a page of ${shown(origin)}`,
      'To allow the page, add that origin to ALLOWED_ORIGINS.',
    );
  };
}

function refused(why: string, advice: string): Refusal {
  return refusal('forbidden', `The server is in development mode and refuses this request, for ${why}. ${advice}`);
}

/** Without port, brackets and final dot; "" when there is none. */
function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname.replace(/^\[|\]$|\.$/g, '') ?? '';
}

function shown(text: string): string {
  return `"${text.slice(0, 100).toWellFormed()}"`;
}
