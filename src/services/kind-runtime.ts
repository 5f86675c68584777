import type { Dependencies } from '../application/dependencies.ts';
import type { JobKind, KindRows } from '../application/jobs/job-kind.ts';
import type { KindLogs } from '../application/logs/kind-logs.ts';
import type { KindObjects } from '../application/objects/kind-objects.ts';
import type { Saga } from '../application/sagas/sagas.ts';
import type { SubmitScheduled, Submitters } from '../application/schedules/dependencies.ts';
import type { WakeUp } from '../application/wake-up.ts';
import type { KindQuotas } from '../domain/account/quotas.ts';
import type { AnyKind } from '../domain/job/kind.ts';
import type { Deliver } from './outbox-relay.ts';
import type { Service } from './service.ts';

/** A kind of job, and how to have it in a server. `A`: its use cases. */
export interface KindParts<A = unknown> extends KindRows {
  readonly kind: AnyKind;
  /** Of messages for workers outside that its jobs send. */
  readonly queues?: readonly string[];
  /** What is kept of its jobs for one owner. Absent: as many as there are. */
  readonly quotas?: KindQuotas;
  /** Kinds of jobs that it begins for its own, and that no list of people shows. */
  readonly internal?: readonly AnyKind[];
  /** `wakeUp` makes what its services wait on; absent: they wait by the machine's time. */
  create(deps: Dependencies, wakeUp?: () => WakeUp): KindRuntime<A>;
}

/** A number that is read whenever metrics are asked for. */
export interface KindGauge {
  /** As Prometheus has names: `waybill_…`. */
  readonly name: string;
  readonly help: string;
  read(): Promise<number>;
}

/** What a server does for one kind of job. */
export interface KindRuntime<A = unknown> extends Omit<JobKind, keyof KindRows> {
  readonly application: A;
  /** Absent where jobs of the kind have no objects. */
  readonly objects?: KindObjects;
  /** Absent where jobs of the kind have no log. */
  readonly logs?: KindLogs;
  /** How long its jobs are kept after their end; null: for ever. Absent: as long as jobs are by default. */
  readonly keepMs?: number | null;
  /** How long jobs of its internal kinds are kept that are no part of another job; null: for ever. As `keepMs`. */
  readonly keepInternalMs?: number | null;
  /**
   * How far ahead a deadline of its jobs is at most when it is set, so that one which is farther ahead is found after a
   * clock was wrong. Milliseconds; absent: nothing is known of them.
   */
  readonly longestDeadlineMs?: number;
  /** By the topic up to its colon. */
  readonly deliverers?: Readonly<Record<string, Deliver>>;
  readonly services?: readonly Service[];
  /** That its jobs begin. */
  readonly sagas?: readonly Saga[];
  /** What metrics say of the kind, beside how many of its jobs there are. */
  readonly gauges?: readonly KindGauge[];
  /** Absent where jobs of the kind cannot be scheduled. */
  readonly submitScheduled?: SubmitScheduled;
}

/** By the kind's name, as `runtimes` are; the kinds whose jobs cannot be scheduled left out. */
export function submittersOf(runtimes: ReadonlyMap<string, KindRuntime>): Submitters {
  return new Map([...runtimes].flatMap(([kind, { submitScheduled }]) =>
    submitScheduled === undefined ? [] : [[kind, submitScheduled] as const]));
}

/** No deadline of any of their jobs is farther ahead when it is set. Milliseconds. */
export function longestDeadlineOf(runtimes: Iterable<KindRuntime>): number {
  return Math.max(0, ...[...runtimes].map(({ longestDeadlineMs }) => longestDeadlineMs ?? 0));
}

/** By the name of each internal kind: how long its jobs are kept that are no part of another job. See `keptMs`. */
export function internalKeptMs(
  entries: Iterable<{ readonly internal: readonly AnyKind[]; readonly runtime: KindRuntime }>,
): ReadonlyMap<string, Pick<KindRuntime, 'keepMs'>> {
  return new Map([...entries].flatMap(({ internal, runtime: { keepInternalMs: keepMs } }) =>
    internal.map(({ name }) => [name, keepMs === undefined ? {} : { keepMs }] as const)));
}

/** How long jobs of a kind are kept after their end; null: for ever. Milliseconds. */
export function keptMs(runtime: Pick<KindRuntime, 'keepMs'> | undefined, byDefault: number | null): number | null {
  return runtime?.keepMs === undefined ? byDefault : runtime.keepMs;
}
