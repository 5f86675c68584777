/** A header of the request by its name in lower case. */
export type HeaderOf = (name: string) => string | undefined;

/**
 * Whether a browser says that a page of another origin asks. Programs send neither of the headers. `publicUrl` is the
 * server's own origin, and so is the host that the request names.
 */
export function isFromElsewhere(header: HeaderOf, publicUrl: string): boolean {
  const site = header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const origin = header('origin');
  if (origin === undefined) return false;
  const host = header('host');
  return origin !== originOf(publicUrl) && (host === undefined || URL.parse(origin)?.host !== host.toLowerCase());
}

/** Whether a body is said to be JSON: what forms send never is. */
export function isJson(header: HeaderOf): boolean {
  return /^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(header('content-type') ?? '');
}

function originOf(url: string): string | null {
  return URL.parse(url)?.origin ?? null;
}
