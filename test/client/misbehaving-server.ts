import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Step = (response: ServerResponse, request: SeenRequest) => void;

export interface MisbehavingServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** Answers its requests by these steps, one after the other, and all that follow by the last one. */
export async function startServer(...steps: readonly Step[]): Promise<MisbehavingServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const step = steps[Math.min(seen.length, steps.length - 1)];
      const read = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(read);
      step?.(response, read);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answers(data: unknown): Step {
  return (response) => response.writeHead(200).end(JSON.stringify({ success: true, data }));
}

export function refuses(status: number, code: string, more: { retryAfter?: string; details?: unknown } = {}): Step {
  return (response) => {
    const retryAfter = more.retryAfter === undefined ? {} : { 'retry-after': more.retryAfter };
    response.writeHead(status, { 'x-request-id': 'request-1', ...retryAfter });
    const details = more.details === undefined ? {} : { details: more.details };
    response.end(JSON.stringify({ success: false, error: { code, message: `It is ${code}.`, ...details } }));
  };
}

/** Takes the request and breaks the connection. */
export const hangsUp: Step = (response) => void response.destroy();

/** Takes the request and never answers. */
export const isSilent: Step = () => {};
