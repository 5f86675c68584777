import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onStop } from './harness.ts';

export interface TcpProxy {
  readonly address: string;
  /** From now on nothing passes, and nobody is told; connections that are made hang. */
  blackhole(): void;
  /** What was held passes again. */
  heal(): void;
  /** Breaks every connection. */
  reset(): void;
}

/** Between an agent and a server. */
export async function startProxy(target: { readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isDark = false;
  const server = createServer((near) => {
    const far = connect(target.port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!isDark) to.destroy();
      });
      if (isDark) from.pause();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onStop(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blackhole: () => {
      isDark = true;
      for (const socket of sockets) socket.pause();
    },
    heal: () => {
      isDark = false;
      for (const socket of sockets) socket.resume();
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}
