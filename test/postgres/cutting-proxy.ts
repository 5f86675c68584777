import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to PostgreSQL that can be made to fail at the end of a transaction. */
export interface CuttingProxy {
  /** The same database, through the proxy. */
  readonly url: string;
  /**
   * What happens to the next transaction, once: `before`, the line breaks and its end never arrives; `after`, it is
   * carried out and the line breaks before the answer.
   */
  cutNext(when: 'before' | 'after'): void;
  close(): Promise<void>;
}

/** What the client ends a transaction with, and what it hears when that is done. */
const sync = Buffer.from([0x53, 0, 0, 0, 4]);
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5]);

export async function startCuttingProxy(url: string): Promise<CuttingProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let cut: 'before' | 'after' | null = null;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    let swallowing = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (data: Buffer) => {
      if (cut !== null && data.subarray(-sync.length).equals(sync)) {
        const when = cut;
        cut = null;
        if (when === 'before') {
          upstream.write(data.subarray(0, -sync.length));
          return end();
        }
        swallowing = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data: Buffer) => {
      if (!swallowing) client.write(data);
      else if (data.includes(readyForQuery)) end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    cutNext: (when) => {
      cut = when;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
