import { tasksAt } from './server.ts';
import type { RenewedLease, TakenJob } from '../../../application/work/dispatch.ts';
import type { TaskSummary } from '../application/queries.ts';
import type { ReportOutcome, WorkReport } from '../application/reporting.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import { inputOf, type TaskJob } from '../domain/types.ts';
import { formatLeaseId } from '../../../domain/lease.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Ask, Asked, Evidence } from '../../../testing/simulator/ask.ts';
import { shown } from '../../../testing/simulator/invariant.ts';
import type { Act } from '../../../testing/simulator/kind-model.ts';
import { taskTypes } from './clients.ts';
import { anyTask, taskDuring } from './judge.ts';

const leaseMs = 30_000;

/** What a worker was given: it never forgets, and so may speak of what it lost long ago. */
export interface Held {
  readonly leaseId: string;
  readonly jobId: string;
  readonly token: number;
  readonly workerId: string;
}

export interface Crew {
  readonly held: Held[];
  /** By the id of their parent. */
  readonly children: Map<string, string[]>;
}

export function taking(crew: Crew): Act {
  return (scene, random) => {
    if (anyTask(scene, random, ['pending']) === null) return null;
    const types = random.chance(0.7) ? taskTypes : [random.pick(taskTypes)];
    const workerId = `worker-${random.integer(1, 3)}`;
    const options = { workerId, types, limit: random.integer(1, 3), leaseMs, waitMs: 0 };
    return {
      label: `take ${options.limit} ${types.join(' ')}`,
      userId: options.workerId,
      send: (server) => tasksAt(server).work.take(options),
      judge: (result: Result<readonly TakenJob[]>, asked, evidence) => {
        if (!result.ok) return result.refusal.code;
        for (const { leaseId, job: task, leasedUntil } of result.value) {
          const token = task.lease?.token ?? 0;
          crew.held.push({ leaseId, jobId: task.id, token, workerId: options.workerId });
          const was = taskDuring(evidence, task.id, asked).some((one) => isLive(one, { token }));
          const isRight = was && leaseId === formatLeaseId(task.id, token) && leasedUntil > 0;
          if (!isRight || !types.includes(task.type as never)) return `${leaseId} was at no moment its worker's`;
        }
        return null;
      },
      judgeUnknown: () => null,
    } satisfies Ask<readonly TakenJob[]> as Ask;
  };
}

function isLive(task: TaskJob | null, { token }: { readonly token: number }): boolean {
  return task?.lease?.token === token;
}

/** The last lease, mostly; else any that there ever was. */
function anyHeld({ held }: Crew, random: SeededRandom): Held | null {
  if (held.length === 0) return null;
  return random.chance(0.3) ? random.pick(held) : random.pick(held.slice(-3));
}

/** By its token everything that a worker says can be told from what another one says. */
function anyReport({ children }: Crew, { leaseId, jobId, token }: Held, random: SeededRandom): WorkReport {
  const message = `token ${token}`;
  const reports: readonly WorkReport[] = [
    { leaseId, type: 'complete', result: token },
    { leaseId, type: 'complete', result: token },
    { leaseId, type: 'fail', message, retry: random.chance(0.8), retryAfterMs: random.pick([null, 0, 5_000]) },
    { leaseId, type: 'release' },
    { leaseId, type: 'suspend', waitsFor: children.get(jobId) ?? [], delayMs: random.pick([0, 5_000]) },
    { leaseId, type: 'step', name: `step ${random.integer(1, 3)}`, result: token },
    { leaseId, type: 'progress', processed: token, total: 100 },
    { leaseId, type: 'error', item: null, message },
    { leaseId, type: 'cost', microUsd: token },
    { leaseId, type: 'log', lines: [{ at: 1, level: 'info', message }] },
  ];
  return random.pick(reports);
}

const ending = ['complete', 'fail', 'release', 'suspend'];

export function reportingTask(crew: Crew): Act {
  return (_scene, random) => {
    const held = anyHeld(crew, random);
    if (held === null) return null;
    const report = anyReport(crew, held, random);
    return {
      label: `tell ${report.type} ${held.leaseId}`,
      userId: held.workerId,
      send: async (server) => {
        const [result] = await tasksAt(server).work.report(held.workerId, [report]);
        if (result?.ok === false && result.refusal === null) throw result.fault;
        return result ?? ok({ status: '', cancelRequested: false });
      },
      judge: (result: Result<ReportOutcome>, asked, evidence) => judgeReport(held, report, result, asked, evidence),
      judgeUnknown: () => null,
    } satisfies Ask<ReportOutcome> as Ask;
  };
}

export function startingChild(crew: Crew): Act {
  return (_scene, random) => {
    const held = anyHeld(crew, random);
    if (held === null) return null;
    const child = { name: `child ${random.integer(1, 3)}`, type: random.pick(taskTypes), data: held.token };
    return {
      label: `start ${child.name} of ${held.leaseId}`,
      userId: held.workerId,
      send: (server) => tasksAt(server).work.startChildren(held.workerId, held.leaseId, [child]),
      judge: (result: Result<readonly Result<TaskSummary>[]>, asked, evidence) => {
        const [made] = result.ok ? result.value : [result];
        if (made?.ok) crew.children.set(held.jobId, [...(crew.children.get(held.jobId) ?? []), made.value.id]);
        // Found again, it is told to whoever asks; refused for what it is or the parent’s cancel.
        if (made === undefined || made.ok || made.refusal.code === 'conflict') return null;
        return judgeLoss(held, made.refusal.code, asked, evidence);
      },
      judgeUnknown: () => null,
    } satisfies Ask<readonly Result<TaskSummary>[]> as Ask;
  };
}

/** G5: taken, the lease was the live one, or had ended so; refused, it was not. */
function judgeReport(
  held: Held,
  { type }: WorkReport,
  result: Result<ReportOutcome>,
  asked: Asked,
  evidence: Evidence,
): string | null {
  const tasks = taskDuring(evidence, held.jobId, asked);
  if (result.ok) {
    const wasLive = tasks.some((task) => isLive(task, held));
    const wasSaid = ending.includes(type) && tasks.some((task) => task?.fields.lastToken === held.token);
    return wasLive || wasSaid ? null : `${held.leaseId} is believed, though it was at no moment live`;
  }
  return judgeLoss(held, result.refusal.code, asked, evidence);
}

function judgeLoss(held: Held, code: string, asked: Asked, evidence: Evidence): string | null {
  const tasks = taskDuring(evidence, held.jobId, asked);
  const wasLost = tasks.some((task) => task !== null && !isLive(task, held));
  const wasGone = tasks.some((task) => task === null);
  const isRight = (code === 'lease_lost' && (wasLost || wasGone)) || (code === 'not_found' && wasGone);
  return isRight ? null : `refused as ${code}, which was so at no moment`;
}

/** A heartbeat. */
export function extending(crew: Crew): Act {
  return (_scene, random) => {
    const held = anyHeld(crew, random);
    if (held === null) return null;
    return {
      label: `beat ${held.leaseId}`,
      userId: held.workerId,
      send: async (server) =>
        ok(await tasksAt(server).work.renew({ workerId: held.workerId, leaseIds: [held.leaseId], leaseMs })),
      judge: (result: Result<readonly RenewedLease[]>, asked, evidence) => {
        const [state] = result.ok ? result.value : [];
        if (state === undefined) return 'unanswered';
        const tasks = taskDuring(evidence, held.jobId, asked);
        const wasLive = tasks.some((task) => isLive(task, held));
        if (state.leasedUntil === null) {
          const isTimed = tasks.some((task) => task !== null && inputOf(task).timeoutMs !== null);
          const wasLost = tasks.some((task) => !isLive(task, held));
          return isTimed || wasLost ? null : `${held.leaseId} was live at every moment`;
        }
        if (!wasLive) return `${held.leaseId} is prolonged, though it was at no moment live`;
        const { cancelRequested } = state;
        const isToStop = (task: TaskJob | null): boolean => task?.fields.cancelRequested ?? false;
        const asSaid = tasks.some((task) => isLive(task, held) && isToStop(task) === cancelRequested);
        return asSaid ? null : `told ${shown(state)}, which was so at no moment`;
      },
      judgeUnknown: () => null,
    } satisfies Ask<readonly RenewedLease[]> as Ask;
  };
}

/** Does everything that may be done, until nothing is offered. */
export const lastShift: Ask = {
  label: 'take and do the rest',
  userId: 'worker',
  send: async (server) => {
    const { work } = tasksAt(server);
    for (;;) {
      const taken = await work.take({ workerId: 'last', types: taskTypes, limit: 100, leaseMs, waitMs: 0 });
      if (!taken.ok || taken.value.length === 0) return taken;
      await work.report('last', taken.value.map(({ leaseId }) => ({ leaseId, type: 'complete', result: null })));
    }
  },
  judge: () => null,
  judgeUnknown: () => null,
};
