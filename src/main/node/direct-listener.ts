import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyLimits } from '../../transports/rest/body.ts';
import type { Answer } from '../../transports/rest/answer.ts';
import type { DirectRoutes, Found } from '../../transports/rest/direct.ts';
import type { Incoming } from '../../transports/rest/incoming.ts';
import { Deadlines, type Deadline } from './deadlines.ts';

/** Others may be spelled in more ways than one: the app reads those. */
const plainPath = /^\/[\w.~:@!$&'()*+,;=/-]+$/;
const plainHost = /^(?:[A-Za-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

export type DirectListener = (request: IncomingMessage, response: ServerResponse) => Promise<void> | null;

/**
 * Answers most requests of the contract without the objects of fetch, which cost more than the rest of a small request;
 * null: this one is for the app.
 */
export function directListener(routes: DirectRoutes): DirectListener {
  const deadlines = new Deadlines();
  return (request, response) => {
    const { method = '', url = '', headers: { host } } = request;
    const at = url.indexOf('?');
    const path = at === -1 ? url : url.slice(0, at);
    const search = at === -1 ? '' : url.slice(at + 1);
    if (!plainPath.test(path) || path.includes('/.') || search.includes('#')) return null;
    if (host === undefined || !plainHost.test(host)) return null;
    const found = routes.find(method, path);
    // Of a header that is there twice, the two ways would see different things.
    if (found === null || hasRepeatedHeaders(request)) return null;
    return answerDirectly(routes, found, new DirectRequest(request, response, { path, search, found }, deadlines));
  };
}

function hasRepeatedHeaders({ headers, rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (const _ in headers) count += 1;
  return count * 2 !== rawHeaders.length;
}

async function answerDirectly(routes: DirectRoutes, found: Found, request: DirectRequest): Promise<void> {
  write(request.env.outgoing, await routes.answer(found, request));
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  if (typeof body !== 'string' || status === 204) {
    response.writeHead(status, headers as Record<string, string>);
    response.end();
    return;
  }
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, 'content-length': length });
  // Written as it is where nothing has to be encoded.
  response.end(body, length === body.length ? 'latin1' : 'utf8');
}

class DirectRequest implements Incoming {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly params: Incoming['params'];
  readonly env: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse };
  readonly #deadlines: Deadlines;
  #gone: AbortController | null = null;

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { path, search, found }: { readonly path: string; readonly search: string; readonly found: Found },
    deadlines: Deadlines,
  ) {
    this.env = { incoming, outgoing };
    this.method = incoming.method ?? '';
    this.path = path;
    this.search = search;
    this.params = found.params;
    this.#deadlines = deadlines;
  }

  readonly header = (name: string): string | undefined => {
    const value = this.env.incoming.headers[name];
    return typeof value === 'string' ? value : value?.join(', ');
  };

  readonly signal = (): AbortSignal => {
    if (this.#gone !== null) return this.#gone.signal;
    const gone = (this.#gone = new AbortController());
    const { incoming, outgoing } = this.env;
    const abort = (): void => {
      if (!outgoing.writableFinished) gone.abort(new Error('the client went away'));
    };
    if (outgoing.closed || incoming.socket.destroyed) abort();
    else outgoing.once('close', abort);
    return gone.signal;
  };

  readonly bytes = ({ maxBytes, withinMs }: BodyLimits): Promise<Uint8Array | null | undefined> => {
    const { incoming } = this.env;
    const declared = incoming.headers['content-length'];
    if (declared !== undefined && Number(declared) > maxBytes) return Promise.resolve(null);
    if (declared === undefined && incoming.headers['transfer-encoding'] === undefined) return nothing;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      let deadline: Deadline | null = null;
      const over = (): void => {
        this.#deadlines.end(deadline!);
        incoming.off('data', onData).off('end', onEnd).off('close', onClose);
      };
      const giveUp = (value: null | undefined): void => {
        over();
        // What still comes is let go, so that the connection can be used again.
        incoming.resume();
        resolve(value);
      };
      const onData = (chunk: Buffer): void => {
        length += chunk.length;
        if (length > maxBytes) giveUp(null);
        else chunks.push(chunk);
      };
      const onEnd = (): void => {
        over();
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
      };
      const onClose = (): void => {
        over();
        reject(new Error('the body ended before it was complete'));
      };
      deadline = this.#deadlines.begin(withinMs, () => giveUp(undefined));
      if (incoming.destroyed) onClose();
      else incoming.on('data', onData).on('end', onEnd).on('close', onClose);
    });
  };
}

const nothing = Promise.resolve(new Uint8Array());
