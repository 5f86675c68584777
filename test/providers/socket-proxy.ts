/** Stands between a provider and the Engine's socket, and fails as networks do. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface SocketProxy {
  /** `tcp://127.0.0.1:port`. */
  readonly host: string;
  /** Breaks every connection, and refuses new ones until `heal`. */
  break(): void;
  /** Keeps every connection, and lets nothing through until `heal`; those that were frozen stay silent. */
  freeze(): void;
  /** Lets requests through, and no answers until `heal`; those that were kept back never come. */
  holdAnswers(): void;
  heal(): void;
  /** Told what clients send. */
  onSent: (text: string) => unknown;
  /** Resolves once the next connection has come. */
  connected(): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(socketPath: string): Promise<SocketProxy> {
  const sockets = new Set<Socket>();
  const engines = new Set<Socket>();
  let state: 'open' | 'broken' | 'frozen' | 'held' = 'open';
  const server = createServer((client) => {
    if (state === 'broken') return client.destroy();
    const engine = connect(socketPath);
    for (const socket of [client, engine]) {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    }
    client.on('close', () => engine.destroy());
    engines.add(engine.on('close', () => engines.delete(engine) && client.destroy()));
    client.on('data', (data) => proxy.onSent(String(data)));
    if (state !== 'frozen') client.pipe(engine);
    if (state === 'open') engine.pipe(client);
    return undefined;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy: SocketProxy = {
    onSent: () => {},
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    break() {
      state = 'broken';
      for (const socket of sockets) socket.destroy();
    },
    freeze() {
      state = 'frozen';
      for (const socket of sockets) socket.unpipe().pause();
    },
    holdAnswers() {
      state = 'held';
      for (const engine of engines) engine.unpipe().pause();
    },
    heal() {
      state = 'open';
    },
    connected: async () => void (await once(server, 'connection')),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
