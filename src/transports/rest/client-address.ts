import type { RestContext } from './exchange.ts';

/** What Node's server puts beside a request. */
interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
}

const forwardedAddress = /^[0-9A-Fa-f:.]{2,45}$/;

/**
 * The IP address of the client; null where the runtime does not tell. With `trustProxy` it is the last one in
 * X-Forwarded-For, which the proxy in front of us has put there: what stands before it is the client's own word.
 */
export function createClientAddress(trustProxy: boolean): (c: RestContext) => string | null {
  return (c) => {
    if (trustProxy) {
      const last = c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '';
      const bare = last.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');
      if (forwardedAddress.test(bare)) return bare;
    }
    return (c.env as NodeBindings | undefined)?.incoming?.socket?.remoteAddress ?? null;
  };
}
