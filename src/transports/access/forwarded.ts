const address = /^[0-9A-Fa-f:.]{2,45}$/;

/** The last address in X-Forwarded-For; null when there is none. */
export function lastForwarded(header: string | undefined): string | null {
  const last = header?.split(',').at(-1)?.trim() ?? '';
  const bare = last.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');
  return address.test(bare) ? bare : null;
}

/**
 * Whose request it is, over HTTP and gRPC alike. Behind a proxy that is trusted, the last address in X-Forwarded-For:
 * the proxy has put it there, and what stands before it is the client's own word. Else the peer of the connection.
 */
export function clientAddress(trustProxy: boolean, header: string | undefined, peer: string | null): string | null {
  return (trustProxy ? lastForwarded(header) : null) ?? peer;
}
