import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to PostgreSQL that can be made to fail at a COMMIT. */
export interface CuttingProxy {
  /** The same database, through the proxy. */
  readonly url: string;
  /**
   * What happens to the next COMMIT, once: `before`, the line breaks and it never arrives; `after`, it is carried out
   * and the line breaks before the answer.
   */
  cutNext(when: 'before' | 'after'): void;
  close(): Promise<void>;
}

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
      if (cut !== null && data.includes('COMMIT')) {
        const when = cut;
        cut = null;
        if (when === 'before') return end();
        swallowing = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data: Buffer) => {
      if (!swallowing) client.write(data);
      else if (data.includes('COMMIT')) end();
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
