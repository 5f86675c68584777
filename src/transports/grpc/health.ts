import { refuse } from '../../contract/errors.ts';
import {
  Health, HealthCheckResponse_ServingStatus as Status,
} from '../../contract/proto/generated/grpc/health/v1/health_pb.ts';
import { mountedRpc, type MountedRpc } from './rpc.ts';

export interface HealthOptions {
  /** With their packages. */
  readonly services: readonly string[];
  /** Rejects when a part that is needed cannot answer. */
  readonly ready: () => Promise<void>;
  /** How often those who watch are looked after. Milliseconds. */
  readonly watchMs: number;
}

/** The standard health service. All services are as healthy as the server is. */
export function healthService({ services, ready, watchMs }: HealthOptions): MountedRpc {
  const known = new Set(['', ...services]);
  const statusNow = (): Promise<Status> => ready().then(() => Status.SERVING, () => Status.NOT_SERVING);
  return mountedRpc(Health, 'none', {
    async check({ request: { service } }) {
      if (!known.has(service)) return refuse('not_found', `There is no service "${service.slice(0, 200)}".`);
      return { ok: true, value: { status: await statusNow() } };
    },
    async watch({ request: { service }, send, signal }) {
      const over = signal();
      for (let last: Status | null = null; !over.aborted; ) {
        const status: Status = known.has(service) ? await statusNow() : Status.SERVICE_UNKNOWN;
        if (status !== last) await send({ status });
        last = status;
        await pause(watchMs, over);
      }
      if (known.has(service)) await send({ status: Status.NOT_SERVING });
      return { ok: true, value: null };
    },
  });
}

/** Also resolves once the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
