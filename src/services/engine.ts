import { CurrentPlans } from '../application/accounts/current-plans.ts';
import type { Commit } from '../ports/store/commit.ts';
import type { Dependencies } from '../application/dependencies.ts';
import { tellOfEnd } from '../application/jobs/dependencies.ts';
import { expireJob } from '../application/jobs/expire.ts';
import type { KindRows } from '../application/jobs/job-kind.ts';
import type { KindLogs } from '../application/logs/kind-logs.ts';
import { createLogs, type Logs } from '../application/logs/logs.ts';
import { sagasByType } from '../application/sagas/sagas.ts';
import { createSignals, type Signals } from '../application/signals.ts';
import type { WakeUp } from '../application/wake-up.ts';
import { TypeSettings } from '../application/work/type-settings.ts';
import { WritePath } from '../application/write-path/write-path.ts';
import { cancelOpenChildren } from '../application/jobs/children.ts';
import { childrenTopic } from '../domain/job/children.ts';
import { dependentsTopic, type DependencyNews } from '../domain/job/dependencies.ts';
import { Kinds } from '../domain/kinds.ts';
import { saga } from '../domain/saga/kind.ts';
import { createDeadlineReaper } from './deadline-reaper.ts';
import { internalKeptMs, keptMs, type KindParts, type KindRuntime } from './kind-runtime.ts';
import { createLogFollowing } from './log-following.ts';
import { createLogSealer } from './log-sealer.ts';
import { createOutboxRelay, type Deliver } from './outbox-relay.ts';
import { createRunSpans } from './run-spans.ts';
import { createSagaRunners } from './saga-runner.ts';
import type { Service } from './service.ts';
import { createWorkServices, readyTopic } from './work-services.ts';

/** The use cases of each kind, by the name of its part. */
export type ApplicationsOf<K extends Readonly<Record<string, KindParts>>> = {
  readonly [Name in keyof K]: ReturnType<K[Name]['create']>['application'];
};

/** The write path with what every server has beside it: what ends, retries and tells what commits have stored. */
export interface Engine<K extends Readonly<Record<string, KindParts>>> {
  readonly deps: Dependencies;
  readonly applications: ApplicationsOf<K>;
  /** By the kind's name. */
  readonly runtimes: ReadonlyMap<string, KindRuntime & KindRows>;
  /** By the name of each internal kind. */
  readonly internalKeptMs: ReturnType<typeof internalKeptMs>;
  readonly logs: Logs;
  readonly services: readonly Service[];
  /** To be called with what other servers say; null: anything. */
  onWakeUp(topic: string | null): void;
  /** Answers requests that only wait, so that connections can close. */
  quiesce(): void;
}

export interface EngineParts<K> extends Omit<Dependencies, 'writePath' | 'kinds' | 'signals' | 'types' | 'plans'> {
  readonly kinds: K;
  /** Makes what a loop waits on. */
  readonly wakeUp: () => WakeUp;
  /** Begins a commit, once whoever is about to ask for something has asked; see `WritePath`. */
  readonly begin?: (start: () => void) => void;
  /** How long jobs are kept after their end, unless their kind says; null: for ever. Milliseconds. */
  readonly keepJobsMs?: number | null;
  /** After each commit: how many commands it held, and the seconds that it took. */
  readonly onCommit?: (commands: number, seconds: number) => void;
  /** With what was stored, after each commit. Must not throw. */
  readonly onStored?: (commit: Commit) => void;
  /** Deliverers beside those of the kinds; they may ask for `deps` and `runtimes` once they are called. */
  readonly deliverers?: Readonly<Record<string, Deliver>>;
}

export function createEngine<const K extends Readonly<Record<string, KindParts>>>(parts: EngineParts<K>): Engine<K> {
  const { kinds: kindParts, wakeUp, begin, onCommit, onStored, deliverers, keepJobsMs = null, ...base } = parts;
  const { store, clock, logger, random } = base;
  const outboxWakeUp = wakeUp();
  const signals = createSignals(wakeUp);
  const plans = new CurrentPlans(store.records, clock);
  const writePath = new WritePath({
    store, clock, plans, tracer: base.tracer,
    onStored: (commit) => {
      if (commit.outbox.length > 0) outboxWakeUp.notify();
      work.onStored(commit);
      sealer.onStored(commit);
      traceRuns?.(commit);
      onStored?.(commit);
    },
    ...(onCommit && { onCommit }), ...(begin && { begin }),
  });
  const declared = Object.values(kindParts).flatMap(({ kind, internal = [] }) => [kind, ...internal]);
  const kinds = new Kinds([...declared, saga]);
  const traceRuns = base.tracer && createRunSpans(base.tracer, kinds);
  const deps: Dependencies = { ...base, writePath, kinds, signals, plans, types: new TypeSettings(store.work, clock) };
  const work = createWorkServices(deps, wakeUp());
  const entries = Object.entries(kindParts).map(([name, part]) => {
    const { kind, internal = [], summary, payloadFields } = part;
    return { name, kind, internal, runtime: { ...part.create(deps, wakeUp), summary, payloadFields } };
  });
  const runtimes = new Map(entries.map(({ kind, runtime }) => [kind.name, runtime]));
  const logsOf = (kind: string): KindLogs | undefined => runtimes.get(kind)?.logs;
  const sealer = createLogSealer({
    deps, logsOf, keepMs: (kind) => keptMs(runtimes.get(kind), keepJobsMs),
    wakeUp: wakeUp(),
  });
  const relay = createOutboxRelay({
    outbox: store.outbox,
    deliverers: Object.assign(
      {
        queue: deliverToQueues(deps), [dependentsTopic]: deliverToDependents(deps),
        [childrenTopic]: deliverToChildren(deps),
      },
      ...entries.map(({ runtime }) => runtime.deliverers), deliverers,
    ) as Readonly<Record<string, Deliver>>,
    clock, logger, wakeUp: outboxWakeUp, random,
  });
  const reaper = createDeadlineReaper({
    jobs: store.jobs, expire: (jobId, reason) => expireJob(deps, jobId, reason), clock, logger, wakeUp: wakeUp(),
  });
  const sagas = sagasByType(entries.flatMap(({ runtime }) => runtime.sagas ?? []));
  return {
    deps,
    applications: Object.fromEntries(
      entries.map(({ name, runtime }) => [name, runtime.application]),
    ) as ApplicationsOf<K>,
    runtimes,
    internalKeptMs: internalKeptMs(entries),
    logs: createLogs(deps, logsOf),
    services: [
      relay, reaper, sealer.service, createLogFollowing(deps), ...work.services,
      ...createSagaRunners({ deps, sagas, wakeUp }),
      ...entries.flatMap(({ runtime }) => runtime.services ?? []),
    ],
    onWakeUp: (topic) => wake(signals, topic),
    quiesce() {
      signals.messages.close();
      signals.ready.close();
      signals.changes.close();
      signals.lines.close();
    },
  };
}

/** `topic`: what another server says has happened; null: anything may have. */
function wake({ messages, ready, admission, events, logs }: Signals, topic: string | null): void {
  if (topic === 'queue' || topic === null) messages.notify();
  if (topic === null) ready.notifyAll();
  if (topic?.startsWith(readyTopic)) ready.notify([topic.slice(readyTopic.length)]);
  if (topic === 'admission' || topic === null) admission.notify();
  if (topic === 'events' || topic === null) events.notify();
  // A log's followers are told of its job's end.
  if (topic === 'logs' || topic === 'events' || topic === null) logs.notify();
}

function deliverToDependents(deps: Dependencies): Deliver {
  return async (messages) => {
    for (const { jobId, payload } of messages) await tellOfEnd(deps, jobId, payload as DependencyNews);
  };
}

function deliverToChildren(deps: Dependencies): Deliver {
  return async (messages) => {
    for (const { jobId } of messages) await cancelOpenChildren(deps, jobId);
  };
}

/** Puts messages into the queues that workers outside pull from. */
function deliverToQueues({ store, clock, signals }: Dependencies): Deliver {
  return async (messages) => {
    for (const [name, group] of Map.groupBy(messages, ({ topic }) => topic.slice('queue:'.length))) {
      await store.queue.put(
        name,
        group.map(({ jobId }) => ({ messageId: jobId, jobId, availableAt: clock.now() })),
      );
    }
    signals.messages.notify();
    // Workers may wait at another server. The outbox needs no such word: its own server is told already.
    store.wakeUps?.notify('queue');
  };
}
