import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WakeUp } from '../../src/application/wake-up.ts';

export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Requests that are not answered yet, now and at most. */
  readonly open: { now: number; most: number };
  /** Resolves when so many have come in all. */
  came(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A real server on loopback; `answer` is given the request's number, from 1. */
export async function startReceiver(
  answer: (response: ServerResponse, number: number) => void = (response) => response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const open = { now: 0, most: 0 };
  const arrivals = new WakeUp();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      response.on('close', () => (open.now -= 1));
      received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks) });
      answer(response, received.length);
      arrivals.notify();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    open,
    came: async (count) => {
      for (let seen = arrivals.count; received.length < count; seen = arrivals.count) {
        await arrivals.wait(10_000, seen);
      }
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
