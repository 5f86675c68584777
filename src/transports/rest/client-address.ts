import type { HeaderOf } from './auth/origin.ts';
import type { RestContext } from './exchange.ts';
import type { NodeBindings } from './node-bindings.ts';

/** Who sent a request, as far as the connection tells. */
export interface Client {
  /** IP address; null where the runtime does not tell. */
  readonly address: string | null;
  /** Whether a proxy says that it passed the request on. */
  readonly forwarded: boolean;
}

const forwardedAddress = /^[0-9A-Fa-f:.]{2,45}$/;
const forwardingHeaders = [
  'forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port',
  'x-forwarded-server', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'fastly-client-ip',
];

/** Whether a proxy says that it passed the request on. */
export function isForwarded(header: HeaderOf): boolean {
  return forwardingHeaders.some((name) => header(name) !== undefined);
}

/**
 * With `trustProxy` the address is the last one in X-Forwarded-For, which the proxy in front of us has put there:
 * what stands before it is the client's own word.
 */
export function createClientOf(trustProxy: boolean): (c: RestContext) => Client {
  return (c) => ({
    address: (trustProxy ? lastForwarded(c.req.header('x-forwarded-for')) : null) ?? peerOf(c),
    forwarded: isForwarded((name) => c.req.header(name)),
  });
}

/** The last address in X-Forwarded-For; null when there is none. */
export function lastForwarded(header: string | undefined): string | null {
  const last = header?.split(',').at(-1)?.trim() ?? '';
  const bare = last.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');
  return forwardedAddress.test(bare) ? bare : null;
}

function peerOf(c: RestContext): string | null {
  return (c.env as NodeBindings | undefined)?.incoming?.socket?.remoteAddress ?? null;
}
