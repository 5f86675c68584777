/** The worker secret of a server in development mode. */
export const devCallbackSecret = 'dev-callback-secret';
/** The secrets that such a server accepts unless it is given its own; existing GPU workers use the second one. */
export const devCallbackSecrets = [devCallbackSecret, 'test-gpu-callback-secret-for-local-dev'] as const;

/** What logins are signed with in development mode unless a secret is set: they end with the process. */
export function newJwtSecret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** As it stands before a port: an IPv6 address has brackets. */
export function inUrl(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** Every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
