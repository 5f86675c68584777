import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';

type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

/** A port that is listened on. Until it knows what to answer it says 503. */
export interface HttpServer {
  readonly url: string;
  serve(fetch: Fetch): void;
  /** Takes no more connections, and lets requests under way end; after `graceMs` they are cut off. */
  close(graceMs: number): Promise<void>;
}

/** Throws with a clear message when it cannot listen there. */
export async function listen(
  host: string,
  port: number,
  option: 'port' | 'metrics-port' = 'port',
): Promise<HttpServer> {
  let listener: RequestListener = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end();
  };
  let draining = false;
  const server = createServer((request, response) => {
    // Else a client that asks again and again over one connection would keep the server up.
    if (draining) response.setHeader('connection', 'close');
    listener(request, response);
  });
  // Slow uploads are legitimate; slow headers are not.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  const url = await bind(server, host, port, option);
  return {
    url,
    serve: (fetch) => {
      listener = getRequestListener(fetch, { errorHandler: answerBroken }) as RequestListener;
    },
    close: (graceMs) => {
      draining = true;
      return closeServer(server, graceMs);
    },
  };
}

/** For what cannot be made a request of, such as one without a Host. */
function answerBroken(thrown: unknown): Response {
  if (!(thrown instanceof RequestError)) throw thrown;
  const error = { code: 'invalid_request', message: 'The request is not valid HTTP: look at its Host and its path.' };
  return Response.json({ success: false, error }, { status: 400 });
}

function bind(server: Server, host: string, port: number, option: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Error(`port ${port} is taken on ${host}: choose another with --${option}`) : error);
    });
    server.listen(port, host, () => {
      const { port: actual } = server.address() as AddressInfo;
      const wildcard = host === '0.0.0.0' || host === '::';
      const name = wildcard ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
      resolve(`http://${name}:${actual}`);
    });
  });
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Those whose answer (a stream, a long poll) began before would else be kept open until their clients tire of it.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
