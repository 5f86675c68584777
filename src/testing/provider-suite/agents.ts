/** Receives messages from the agents that the suite has started. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Agents {
  readonly port: number;
  /** Resolves with the worker's first message that matches. */
  heard(workerId: string, pattern: RegExp): Promise<string>;
  /** The worker's messages so far. */
  said(workerId: string): readonly string[];
  close(): Promise<void>;
}

const maxBytes = 1_000_000;

/** Each connection is one message: the worker's id, a space, and the text. */
export async function listenToAgents(host: string): Promise<Agents> {
  const messages = new Map<string, string[]>();
  const listeners = new Set<() => void>();
  const server = createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      if (text.length > maxBytes) socket.destroy();
    });
    socket.on('error', () => {}).on('end', () => {
      const [workerId = ''] = text.split(' ', 1);
      messages.set(workerId, [...(messages.get(workerId) ?? []), text.slice(workerId.length + 1)]);
      for (const listener of listeners) listener();
      socket.end();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const said = (workerId: string) => messages.get(workerId) ?? [];
  return {
    port: (server.address() as AddressInfo).port,
    said,
    heard: (workerId, pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = said(workerId).find((text) => pattern.test(text));
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
