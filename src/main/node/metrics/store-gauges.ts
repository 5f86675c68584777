import type { Registry } from 'prom-client';
import { atMostEvery } from '../../../application/at-most-every.ts';
import { mostTypesMeasured, type Credits, type ReadySince } from '../../../ports/store/measures.ts';
import type { Store } from '../../../ports/store/store.ts';
import type { WorkCount } from '../../../ports/store/work-store.ts';
import type { Clock, Logger } from '../../../ports/world.ts';
import { register, together, type OwnMetric, type Sample } from './own-metric.ts';
import { whileReadable } from './readable.ts';
import type { TypeLabels } from './type-labels.ts';

export type MeasuredStore = Pick<Store, 'jobs' | 'outbox' | 'queue' | 'work' | 'schedules' | 'measures'>;

export interface StoreGaugeParts {
  readonly store: MeasuredStore;
  /** By the names of their kinds, the queues that workers outside pull from. */
  readonly queues: ReadonlyMap<string, readonly string[]>;
  /** The kind whose work is called tasks. */
  readonly taskKind: string;
  readonly labels: TypeLabels;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug'>;
}

interface Numbers {
  readonly now: number;
  readonly work: readonly WorkCount[];
  readonly ready: readonly ReadySince[];
  readonly workers: ReadonlyMap<string, number>;
  readonly credits: Credits;
  readonly outboxOldestAt: number | null;
  readonly scheduleDueAt: number | null;
  readonly bytes: number | null;
}

/** As long as the numbers are good that take more than a look. */
const freshMs = 5_000;
/** A worker says every few seconds that it is there; see `worker-notes.ts`. */
const workerSilentMs = 90_000;

/** What every server that shares the store answers alike. Without the store they are left out: the rest is answered. */
export function registerStoreGauges(registry: Registry, parts: StoreGaugeParts): void {
  const { store: { measures }, labels } = parts;
  const numbers = atMostEvery(freshMs, () => readNumbers(parts));
  const gauge = (name: string, help: string, samples: OwnMetric['samples']): void =>
    register(registry, { name, help, type: 'gauge', samples: whileReadable(name, samples, parts.logger) });
  const read = (name: string, help: string, samplesOf: (numbers: Numbers) => readonly Sample[]): void =>
    gauge(name, help, async () => samplesOf(await numbers()));
  registerQueues(gauge, parts);
  read('waybill_oldest_waiting_seconds', 'How long the work that has waited longest for a worker could have been done.',
    ({ ready, now }) => together(ready.map(({ kind, type, dueAt }) => (
      { labels: { kind, type: labels.of(type) }, value: Math.max(0, now - dueAt) / 1_000 }
    )), Math.max));
  read('waybill_tasks_waiting', 'Tasks that no worker has, by why: blocked, scheduled, queued for a permit, or ready.',
    ({ work }) => waiting(parts, work));
  read('waybill_workers', 'Workers that were heard of within 90 seconds, by each type that they take.',
    ({ workers }) => together([...workers].map(([type, value]) => ({ labels: { type: labels.of(type) }, value }))));
  read('waybill_credits', 'Credits of all accounts together.',
    ({ credits }) => Object.entries(credits).map(([bucket, value]) => ({ labels: { bucket }, value })));
  read('waybill_outbox_oldest_seconds', 'Age of the oldest message of the outbox; 0 when it is empty.',
    ({ outboxOldestAt, now }) => since(outboxOldestAt, now));
  read('waybill_schedule_lag_seconds', 'How long the schedule that is longest overdue has been due; 0 when none is.',
    ({ scheduleDueAt, now }) => since(scheduleDueAt, now));
  if (measures.bytes === undefined) return;
  read('waybill_store_bytes', 'What the database takes up on its disk.',
    ({ bytes }) => (bytes === null ? [] : [{ labels: {}, value: bytes }]));
}

type AddGauge = (name: string, help: string, samples: OwnMetric['samples']) => void;

function registerQueues(gauge: AddGauge, { store, queues, clock }: StoreGaugeParts): void {
  // One row for each type of a kind's jobs.
  gauge('waybill_jobs', 'Jobs by kind and state.', async () => together(
    (await store.jobs.counts()).map(({ kind, state, count: value }) => ({ labels: { kind, state }, value })),
  ));
  gauge('waybill_outbox_messages', 'Messages stored and still to be said to the outside.', async () =>
    [{ labels: {}, value: await store.outbox.size() }]);
  gauge('waybill_queue_messages', 'Messages for workers: ready, or held by one.', async () => {
    const depths = await Promise.all([...queues.values()].flat().map(async (queue) => {
      const { ready, held } = await store.queue.depth(queue, clock.now());
      return [{ labels: { queue, state: 'ready' }, value: ready }, { labels: { queue, state: 'held' }, value: held }];
    }));
    return depths.flat();
  });
}

async function readNumbers({ store, queues, clock }: StoreGaugeParts): Promise<Numbers> {
  const { measures } = store;
  const now = clock.now();
  const [work, workers, credits, outboxOldestAt, scheduleDueAt, bytes, ofQueues] = await Promise.all([
    store.work.counts(), measures.workersByType(now - workerSilentMs), measures.credits(), measures.outboxOldestAt(),
    store.schedules.nextDueAt([]), measures.bytes?.() ?? null, readQueues(store, queues, now),
  ]);
  const types = work.filter(({ stage }) => stage === 'ready').sort((a, b) => b.count - a.count);
  const ready = await measures.readySince(types.slice(0, mostTypesMeasured));
  return { now, work, ready: [...ready, ...ofQueues], workers, credits, outboxOldestAt, scheduleDueAt, bytes };
}

async function readQueues(
  { queue: messages }: MeasuredStore,
  queues: StoreGaugeParts['queues'],
  now: number,
): Promise<readonly ReadySince[]> {
  const pairs = [...queues].flatMap(([kind, names]) => names.map((queue) => ({ kind, queue })));
  return (await Promise.all(pairs.map(async ({ kind, queue }) => {
    const dueAt = await messages.readySince(queue, now);
    return dueAt === null ? [] : [{ kind, type: '', dueAt }];
  }))).flat();
}

function waiting({ labels, taskKind }: StoreGaugeParts, work: readonly WorkCount[]): Sample[] {
  const tasks = work.filter(({ kind, stage }) => kind === taskKind && stage !== 'leased');
  // Those with most have labels of their own first.
  return together(tasks.toSorted((a, b) => b.count - a.count).map(({ type, stage: place, count: value }) => (
    { labels: { type: labels.of(type), place }, value }
  )));
}

function since(at: number | null, now: number): Sample[] {
  return [{ labels: {}, value: at === null ? 0 : Math.max(0, now - at) / 1_000 }];
}
