import { clientAddress } from '../access/forwarded.ts';
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
 * `onProxy` is called once, when there seems to be a proxy that is not trusted: all its clients are one address then.
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
      address: clientAddress(trustProxy, header, peer),
      forwarded: isForwarded((name) => c.req.header(name)),
    };
  };
}

function peerOf(c: RestContext): string | null {
  return (c.env as NodeBindings | undefined)?.incoming?.socket?.remoteAddress ?? null;
}
