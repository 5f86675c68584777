/** The worker secret of a server in development mode. */
export const devCallbackSecret = 'dev-callback-secret';

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
