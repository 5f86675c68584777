import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ok } from '../../../contract/errors.ts';
import { MetricsService, type MetricsSchema } from
  '../../../contract/proto/generated/waybill/v1/metrics_service_pb.ts';
import { WakeUp } from '../../../application/wake-up.ts';
import { shuttingDown } from '../../../transports/grpc/exchange.ts';
import { mountedRpc, type MountedRpc } from '../../../transports/grpc/rpc.ts';
import type { Fleet } from '../application/fleet.ts';
import type { FleetMetrics } from '../application/fleet-metrics.ts';
import { statusOf } from './provider-message.ts';
import { badMessage, msOf } from './reading.ts';

const defaultMs = 5_000;
const [minMs, maxMs] = [1_000, 3_600_000];

export function metricsService(fleet: Pick<Fleet, 'metrics'>): MountedRpc {
  return mountedRpc(MetricsService, 'operator', {
    async getMetrics({ context }) {
      const metrics = await fleet.metrics(context);
      return metrics.ok ? ok({ metrics: messageOf(metrics.value) }) : metrics;
    },
    async streamMetrics({ request: { interval }, context, send, signal }) {
      const everyMs = msOf(interval) ?? defaultMs;
      if (everyMs < minMs || everyMs > maxMs) return badMessage({ interval: 'must be 1 second to 1 hour' });
      const over = signal();
      const pause = new WakeUp();
      while (!over.aborted) {
        const metrics = await fleet.metrics(context);
        if (!metrics.ok) return metrics;
        // Numbers are read when there is room for them: a slow reader gets fewer.
        await send({ metrics: messageOf(metrics.value) });
        await pause.wait(everyMs, pause.count, over);
      }
      return shuttingDown;
    },
  });
}

function messageOf({ at, jobs, workers, providers }: FleetMetrics): MessageInitShape<typeof MetricsSchema> {
  return {
    at: timestampFromMs(at),
    jobsByState: counts(jobs),
    workersByState: counts(workers),
    providers: providers.map((report) => ({
      providerId: { value: report.provider.id },
      name: report.provider.name,
      activeWorkers: report.activeWorkers,
      maxWorkers: report.provider.maxWorkers,
      status: statusOf(report),
    })),
  };
}

function counts(byState: Readonly<Record<string, number>>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(byState).map(([state, count]) => [state, BigInt(count)]));
}
