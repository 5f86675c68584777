import type { Logger } from '../../ports/world.ts';
import type { MountedRpc } from '../../transports/grpc/rpc.ts';
import type { Config } from '../config/config.ts';
import { isLoopback } from '../config/loopback.ts';
import type { HttpApp } from './http-app.ts';
import { listen } from './http-server.ts';
import type { Metrics } from './metrics/metrics.ts';
import { startRpc } from './rpc-server.ts';

interface Served {
  readonly url: string;
  /** Null: no services of gRPC, and so no workers. */
  readonly grpcAddress: string | null;
  /** What agents call. */
  readonly services: readonly MountedRpc[];
  readonly app: Pick<HttpApp, 'authenticate' | 'ready' | 'fetchObjects'>;
  readonly metrics: Pick<Metrics, 'observeCall'>;
}

interface Listener {
  close(graceMs: number): Promise<void>;
}

/**
 * Containers reach their host at an address of its own, where a server that listens on loopback does not answer. For
 * their agents it listens there as well, on the same ports, and serves what has a token or a signature: agents’
 * sessions and objects. No API, which a job could call as any user in development mode.
 */
export class WorkerListeners {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #opened = new Map<string, Promise<readonly Listener[]>>();
  #served: Served | null = null;

  constructor(config: Config, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
  }

  serve(served: Served): void {
    this.#served = served;
  }

  /** Listens at an address of this machine, unless it does so already or need not. Never rejects. */
  async open(address: string): Promise<void> {
    const served = this.#served;
    const grpcAddress = served?.grpcAddress ?? null;
    if (served === null || grpcAddress === null || !isLoopback(this.#config.host) || isLoopback(address)) return;
    const known = this.#opened.get(address);
    const opening = known ?? this.#listen(address, { ...served, grpcAddress });
    this.#opened.set(address, opening);
    await opening.catch((error: NodeJS.ErrnoException) => {
      this.#opened.delete(address);
      // An Engine in a virtual machine, which leads its containers to this machine's loopback.
      if (error.code === 'EADDRNOTAVAIL' || known !== undefined) return;
      this.#logger.warn('workers cannot reach this server: set WAYBILL_SERVER_HOST, or HOST to an address of theirs', {
        address, why: error.message,
      });
    });
  }

  async #listen(
    address: string,
    { url, grpcAddress, services, app, metrics }: Served & { readonly grpcAddress: string },
  ): Promise<readonly Listener[]> {
    const [config, logger] = [this.#config, this.#logger];
    const listeners: Listener[] = [];
    try {
      const limits = { ...config.http, trustProxy: config.trustProxy };
      const http = await listen({ host: address, port: portOf(url), flag: 'port', limits, logger });
      listeners.push(http);
      http.serve(app.fetchObjects);
      const grpc = { ...config.grpc, port: portOf(`http://${grpcAddress}`), anyPort: false };
      const rpc = await startRpc({ config: { ...config, host: address, grpc }, services, app, metrics, logger });
      if (rpc !== null) listeners.push(rpc);
      logger.info('listening for workers', { http: http.url, ...(rpc && { grpc: rpc.address }) });
      return listeners;
    } catch (error) {
      await Promise.all(listeners.map((each) => each.close(0)));
      throw error;
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#served = null;
    const opened = await Promise.all([...this.#opened.values()].map((each) => each.catch(() => [])));
    await Promise.all(opened.flat().map((each) => each.close(graceMs)));
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
