/**
 * The fetch of a client in the server's own process: what is for the server goes there without a socket, all else on
 * its way. A body that streams breaks when `closing` is aborted.
 */
export function fetchInProcess(
  ask: (request: Request) => Promise<Response>,
  publicUrl: string,
  closing: AbortSignal,
): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    const base = publicUrl.replace(/\/+$/, '');
    if (!url.href.startsWith(`${base}/`)) return fetch(input, init);
    url.pathname = url.pathname.slice(new URL(base).pathname.replace(/\/$/, '').length);
    const request = input instanceof Request ? withUrl(url, input) : new Request(url, init);
    const { signal } = request;
    signal.throwIfAborted();
    const response = await unlessAborted(ask(request), signal);
    const isWhole = response.body === null || /json/.test(response.headers.get('content-type') ?? '');
    if (isWhole) return response;
    const { status, headers } = response;
    const broken = AbortSignal.any([signal, closing]);
    return new Response(response.body!.pipeThrough(new TransformStream(), { signal: broken }), { status, headers });
  };
}

/** Rejects with the signal's reason once it is aborted, as a connection would. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** With its body as a stream, where it has one. */
export function withUrl(url: URL, { method, headers, body, signal }: Request): Request {
  return new Request(url, { method, headers, signal, ...(body && { body, duplex: 'half' }) } as RequestInit);
}
