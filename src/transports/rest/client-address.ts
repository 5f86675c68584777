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

/** Where a proxy stands that is one's own: on this machine, or in a private network. */
const nearby = /^(?:::ffff:)?(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|^::1$|^f[cd][0-9a-f]{2}:/i;

/**
 * With `trustProxy` the address is the last one in X-Forwarded-For, which the proxy in front of us has put there:
 * what stands before it is the client's own word. `onProxy` is called once, when there seems to be a proxy that is not
 * trusted: all its clients are one address then.
 */
export function createClientOf(trustProxy: boolean, onProxy: () => void = () => {}): (c: RestContext) => Client {
  let told = trustProxy;
  return (c) => {
    const peer = peerOf(c);
    const header = c.req.header('x-forwarded-for');
    if (!told && header !== undefined && peer !== null && nearby.test(peer)) {
      told = true;
      onProxy();
    }
    return {
      address: (trustProxy ? lastForwarded(header) : null) ?? peer,
      forwarded: isForwarded((name) => c.req.header(name)),
    };
  };
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
