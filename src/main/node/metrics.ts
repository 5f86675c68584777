import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Store } from '../../ports/store/store.ts';
import type { KindGauge } from '../../services/kind-runtime.ts';
import type { Clock } from '../../ports/world.ts';

/** Prometheus metrics of one server. */
export interface Metrics {
  observeRequest(route: string, method: string, status: number, seconds: number): void;
  /** Of gRPC; `status` by its name. */
  observeCall(path: string, status: string, seconds: number): void;
  observeCommit(commands: number, seconds: number): void;
  /** So many objects of jobs that have ended were deleted. */
  observePurged(objects: number): void;
  /** Has others beside these. */
  add(gauges: readonly KindGauge[]): void;
  /** The text exposition format, and its content type. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
}

type MeasuredStore = Pick<Store, 'jobs' | 'outbox' | 'queue'>;
/** `skewMs`: how far this machine's clock is ahead of it; absent where it is that one. */
type MeasuredClock = Clock & { skewMs?(): number };

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createMetrics(
  store: MeasuredStore,
  queues: readonly string[],
  clock: MeasuredClock,
  ownProcess = true,
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Nothing ends its looks at the collector and the loop; of another program's process that program has its own.
  if (ownProcess) collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'waybill_http_request_duration_seconds',
    help: 'Time to answer a request, by route template.',
    labelNames: ['route', 'method', 'status'],
    buckets: seconds,
    registers,
  });
  const calls = new Histogram({
    name: 'waybill_grpc_call_duration_seconds',
    help: 'Time to answer a call of gRPC; of a stream, how long it was open.',
    labelNames: ['method', 'status'],
    buckets: seconds,
    registers,
  });
  const commits = new Histogram({
    name: 'waybill_commit_duration_seconds',
    help: 'Time of one durable commit.',
    buckets: seconds,
    registers,
  });
  const commands = new Counter({
    name: 'waybill_commands_total',
    help: 'Commands that went through the write path.',
    registers,
  });
  const purged = purgedCounter(registers);
  registerGauges(registers, store, queues, clock);
  return {
    observeRequest: (route, method, status, took) => requests.observe({ route, method, status }, took),
    observeCall: (method, status, took) => calls.observe({ method, status }, took),
    observePurged: (count) => purged.inc(count),
    observeCommit: (count, took) => {
      commands.inc(count);
      commits.observe(took);
    },
    add(gauges) {
      for (const { name, help, read } of gauges) {
        new Gauge({
          name, help, registers,
          async collect() {
            this.set(await read());
          },
        });
      }
    },
    render: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}

/** Read when they are asked for, so that every server tells the same truth; but for its own clock. */
function registerGauges(
  registers: Registry[],
  store: MeasuredStore,
  queues: readonly string[],
  clock: MeasuredClock,
): void {
  new Gauge({
    name: 'waybill_jobs',
    help: 'Jobs by kind and state.',
    labelNames: ['kind', 'state'],
    registers,
    async collect() {
      this.reset();
      // One row for each type of a kind's jobs.
      for (const { kind, state, count } of await store.jobs.counts()) this.inc({ kind, state }, count);
    },
  });
  new Gauge({
    name: 'waybill_outbox_messages',
    help: 'Messages stored and still to be said to the outside.',
    registers,
    async collect() {
      this.set(await store.outbox.size());
    },
  });
  new Gauge({
    name: 'waybill_queue_messages',
    help: 'Messages for workers: ready, or held by one.',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      for (const queue of queues) {
        const { ready, held } = await store.queue.depth(queue, clock.now());
        this.set({ queue, state: 'ready' }, ready);
        this.set({ queue, state: 'held' }, held);
      }
    },
  });
  new Gauge({
    name: 'waybill_clock_skew_seconds',
    help: "How far this machine's clock is ahead of the store's, by which everything is stored.",
    registers,
    collect() {
      this.set((clock.skewMs?.() ?? 0) / 1000);
    },
  });
}

function purgedCounter(registers: Registry[]): Counter {
  return new Counter({
    name: 'waybill_objects_deleted_total', help: 'Objects deleted after their jobs had ended.', registers,
  });
}
