import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Commit } from '../../../ports/store/commit.ts';
import type { Telemetry } from '../../../ports/telemetry.ts';
import type { KindGauge } from '../../../services/kind-runtime.ts';
import type { Clock } from '../../../ports/world.ts';
import { version } from '../../version.ts';
import { JobCounts } from './job-counts.ts';
import { register } from './own-metric.ts';
import { whileReadable } from './readable.ts';
import { RequestTimes } from './request-times.ts';
import { registerStoreGauges, type StoreGaugeParts } from './store-gauges.ts';
import { TypeLabels } from './type-labels.ts';

/** Prometheus metrics of one server. */
export interface Metrics {
  observeRequest(route: string, method: string, status: number, seconds: number): void;
  /** Of gRPC; `status` by its name. */
  observeCall(path: string, status: string, seconds: number): void;
  /** A stream of events was opened, or closed. */
  observeStream(change: 1 | -1): void;
  observeCommit(commands: number, seconds: number): void;
  /** With each commit that was stored, once. */
  observeStored(commit: Pick<Commit, 'jobs' | 'ledger'>): void;
  /** So many objects of jobs that have ended were deleted. */
  observePurged(objects: number): void;
  readonly telemetry: Telemetry;
  /** Has others beside these. */
  add(gauges: readonly KindGauge[]): void;
  /** The text exposition format, and its content type. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
}

/** `skewMs`: how far this machine's clock is ahead of it; absent where it is that one. */
type MeasuredClock = Clock & { skewMs?(): number };

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createMetrics(parts: Omit<StoreGaugeParts, 'labels' | 'clock'> & {
  readonly clock: MeasuredClock;
  /** Whether the process is the server's alone. */
  readonly ownProcess: boolean;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const labels = new TypeLabels();
  // Nothing ends its looks at the collector and the loop; of another program's process that program has its own.
  if (parts.ownProcess) collectDefaultMetrics({ register: registry });
  const requests = new RequestTimes(registry, seconds);
  const calls = new Histogram({
    name: 'waybill_grpc_call_duration_seconds',
    help: 'Time to answer a call of gRPC; of a stream, how long it was open.',
    labelNames: ['method', 'status'],
    buckets: seconds,
    registers,
  });
  const streams = new Gauge({
    name: 'waybill_event_streams', help: 'Open streams of events (Server-Sent Events) of this server.', registers,
  });
  const counters = createCounters(registers);
  const jobs = new JobCounts(labels);
  jobs.register(registry);
  registerStoreGauges(registry, { ...parts, labels });
  registerFacts(registry, parts.clock);
  return {
    observeRequest: (route, method, status, took) => requests.add(route, method, status, took * 1_000),
    observeCall: (method, status, took) => calls.observe({ method, status }, took),
    observeStream: (change) => streams.inc(change),
    observeStored: (commit) => jobs.onStored(commit),
    ...counters,
    telemetry: { leaseLost: (type) => jobs.leaseLost(type), webhookAttempted: counters.webhookAttempted },
    add(gauges) {
      for (const { name, help, read } of gauges) {
        const samples = async () => [{ labels: {}, value: await read() }];
        register(registry, { name, help, type: 'gauge', samples: whileReadable(name, samples, parts.logger) });
      }
    },
    render: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}

function createCounters(registers: Registry[]): Pick<Metrics, 'observeCommit' | 'observePurged'> &
  Pick<Telemetry, 'webhookAttempted'> {
  const commits = new Histogram({
    name: 'waybill_commit_duration_seconds', help: 'Time of one durable commit.', buckets: seconds, registers,
  });
  const commands = new Counter({
    name: 'waybill_commands_total', help: 'Commands that went through the write path.', registers,
  });
  const purged = new Counter({
    name: 'waybill_objects_deleted_total', help: 'Objects deleted after their jobs had ended.', registers,
  });
  const webhooks = new Counter({
    name: 'waybill_webhook_attempts_total', help: 'Attempts to send a webhook, by whether the receiver took it.',
    labelNames: ['outcome'], registers,
  });
  return {
    observeCommit: (count, took) => {
      commands.inc(count);
      commits.observe(took);
    },
    observePurged: (count) => purged.inc(count),
    webhookAttempted: (isDelivered) => webhooks.inc({ outcome: isDelivered ? 'delivered' : 'failed' }),
  };
}

/** Of this server alone. */
function registerFacts(registry: Registry, clock: MeasuredClock): void {
  register(registry, {
    name: 'waybill_clock_skew_seconds', type: 'gauge',
    help: "How far this machine's clock is ahead of the store's, by which everything is stored.",
    samples: () => [{ labels: {}, value: (clock.skewMs?.() ?? 0) / 1_000 }],
  });
  register(registry, {
    name: 'waybill_build_info', type: 'gauge', help: 'The version of this server; its value is 1.',
    samples: () => [{ labels: { version }, value: 1 }],
  });
}
