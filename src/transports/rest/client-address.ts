import { clientAddress } from '../access/forwarded.ts';
import type { HeaderOf } from './auth/origin.ts';
import type { Incoming } from './incoming.ts';

/** What tells who sent a request. */
type Asked = Pick<Incoming, 'env' | 'header'>;

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
export function createClientOf(trustProxy: boolean, onProxy: () => void = () => {}): (asked: Asked) => Client {
  let told = trustProxy;
  return ({ env, header: headerOf }) => {
    const peer = env.incoming?.socket?.remoteAddress ?? null;
    const header = headerOf('x-forwarded-for');
    if (!told && header !== undefined && peer !== null && nearby.test(peer)) {
      told = true;
      onProxy();
    }
    return {
      address: clientAddress(trustProxy, header, peer),
      forwarded: isForwarded(headerOf),
    };
  };
}
