import { createServer } from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { Logger } from '../../ports/world.ts';
import { inUrl, isWildcard } from '../config/loopback.ts';
import { Connections, type ConnectionLimits } from './connections.ts';
import type { DirectListener } from './direct-listener.ts';
import { refusalText, refuse, type ErrorText } from './error-text.ts';
import { invalid, listenerOf, type Fetch, type Listener } from './request-listener.ts';

/** A port that is listened on. Until it knows what to answer it says 503. */
export interface HttpServer {
  readonly url: string;
  /** `direct` comes first, and leaves to `fetch` what it does not answer. */
  serve(fetch: Fetch, direct?: DirectListener): void;
  /** Takes no more connections, and lets requests under way end; after `graceMs` they are cut off. */
  close(graceMs: number): Promise<void>;
}

/** Slow uploads are legitimate, and end by limits of their own; slow headers are not. */
export const headersMs = 30_000;
export const requestMs = 20 * 60_000;

/** Throws with a clear message when it cannot listen there. */
export async function listen(options: {
  readonly host: string;
  readonly port: number;
  /** What sets the port. */
  readonly flag: string;
  readonly limits: ConnectionLimits;
  readonly logger: Logger;
}): Promise<HttpServer> {
  const connections = new Connections(options.limits, options.logger);
  let draining = false;
  let answer: Listener | null = null;
  // A request without a Host is answered here, as all others are.
  const server = createServer({ connectionsCheckingInterval: 5_000, requireHostHeader: false }, (request, response) => {
    connections.take(request, response, (refused) => {
      if (refused !== null || answer === null) return refuse(response, refused ?? starting);
      // Else a client that asks again and again over one connection would keep the server up.
      if (draining) response.setHeader('connection', 'close');
      void answer(request, response).then(() => connections.answered(response));
    });
  });
  server.requestTimeout = requestMs;
  server.headersTimeout = headersMs;
  server.on('clientError', answerBroken);
  server.on('checkExpectation', (request, response) => {
    connections.take(request, response, (refused) => refuse(response, refused ?? unexpected));
  });
  connections.watch(server);
  const url = `http://${await bind(server, options)}`;
  return {
    url,
    serve: (fetch, direct) => {
      answer = listenerOf(fetch, { ownProcess: true, direct });
    },
    close: async (graceMs) => {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.drain();
      // Those whose answer (a stream, a long poll) began before would else be kept open until their clients tire.
      const sweep = setInterval(() => connections.closeIdle(), 20);
      const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(deadline);
    },
  };
}

const starting: ErrorText = { status: 503, code: 'unavailable', message: 'The server is starting: try again.' };

const unexpected: ErrorText = {
  status: 417,
  code: 'invalid_request',
  message: 'The only supported Expect header is 100-continue: omit it.',
};

/** What Node's parser refuses: https://nodejs.org/api/http.html#event-clienterror */
function answerBroken({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const wrong: ErrorText =
    code === 'HPE_HEADER_OVERFLOW'
      ? { status: 431, code: 'invalid_request', message: 'The headers have more than 16 KiB.' }
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? { status: 408, code: 'invalid_request', message: 'The request was not received in time.' }
        : invalid;
  // What belongs to a request before it on this connection must not be mixed with it.
  if (socket.bytesWritten > 0) return void socket.destroy();
  socket.end(refusalText(wrong), () => socket.destroy());
}

/** Connections that wait to be accepted; the system may allow fewer (net.core.somaxconn). */
const backlog = 4_096;

/** Where it listens, `127.0.0.1:8787`, once it does. `flag` is what sets the port. */
export function bind(server: NetServer, options: { host: string; port: number; flag: string }): Promise<string> {
  const { host, port, flag } = options;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Error(`port ${port} is taken on ${host}: choose another with --${flag}`) : error);
    });
    server.listen({ port, host, backlog }, () => {
      const { port: actual } = server.address() as AddressInfo;
      resolve(`${inUrl(isWildcard(host) ? '127.0.0.1' : host)}:${actual}`);
    });
  });
}
