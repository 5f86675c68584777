import type { ReportOutcome, TakenTask, WorkDispatch, WorkReport } from '../../../application/task-application.ts';
import { workLimits, type heartbeatTasks, type reportTasks, type takeTasks, type workRoutes }
  from '../../../contract/work.ts';
import type { Result } from '../../../contract/errors.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso, isoOrNull } from './times.ts';

type SentReport = RouteRequest<typeof reportTasks>['body']['reports'][number];
type Outcome = RouteAnswer<typeof reportTasks>['outcomes'][number];

export function workHandlers(work: WorkDispatch): HandlersFor<typeof workRoutes> {
  const waits = new Waits();
  return {
    takeTasks: async ({ body, signal }) => {
      const types = [...new Set(body.types)];
      const gone = body.waitMs === 0 ? null : signal();
      const taken = await (gone === null
        ? work.take({ ...body, types })
        : waits.during(body.workerId, gone, (ended) => work.take({ ...body, types, signal: ended })));
      // Nobody hears the answer: others are not to wait until the leases have run out.
      if (taken.ok && gone?.aborted) {
        await work.report(body.workerId, taken.value.map(({ leaseId }) => ({ leaseId, type: 'return' })));
      }
      return answering(Promise.resolve(taken), (tasks) => ({ tasks: tasks.map(takenView), now: iso(Date.now()) }));
    },
    reportTasks: async ({ body: { workerId, reports } }) => {
      const sent: { readonly index: number; readonly report: WorkReport }[] = [];
      const outcomes = reports.map((report, index): Outcome => {
        if (report.type === 'complete' && isTooLarge(report.result)) return tooLarge;
        sent.push({ index, report: reportOf(report) });
        return { ok: false };
      });
      const results = await work.report(workerId, sent.map(({ report }) => report));
      for (const [at, { index }] of sent.entries()) outcomes[index] = outcomeView(results[at]!);
      return { ok: true, value: { outcomes } };
    },
    heartbeatTasks: async ({ body: { workerId, leaseIds, leaseMs, stopping } }) => {
      if (stopping) waits.end(workerId);
      const leases = await work.extend(leaseIds, leaseMs);
      return { ok: true, value: { leases: leases.map(leaseView) } };
    },
  };
}

/** Takes that wait, by worker. */
class Waits {
  readonly #ends = new Map<string, Set<AbortController>>();

  /** Waits until the worker is gone, or says that it stops. */
  async during<T>(workerId: string, gone: AbortSignal, wait: (ended: AbortSignal) => Promise<T>): Promise<T> {
    const end = new AbortController();
    const own = this.#ends.get(workerId) ?? new Set();
    this.#ends.set(workerId, own.add(end));
    try {
      return await wait(AbortSignal.any([gone, end.signal]));
    } finally {
      own.delete(end);
      if (own.size === 0) this.#ends.delete(workerId);
    }
  }

  end(workerId: string): void {
    for (const end of this.#ends.get(workerId) ?? []) end.abort();
  }
}

export function takenView(
  { leaseId, task, leasedUntil, timeoutAt }: TakenTask,
): RouteAnswer<typeof takeTasks>['tasks'][number] {
  const { data, maxAttempts } = task.input as { readonly data: unknown; readonly maxAttempts: number };
  const { totalItems } = task.fields as { readonly totalItems: number | null };
  return {
    leaseId,
    id: task.id,
    type: task.type,
    data,
    attempt: task.attempt,
    maxAttempts,
    createdAt: iso(task.createdAt),
    createdById: task.ownerId,
    totalItems,
    leasedUntil: iso(leasedUntil),
    timeoutAt: isoOrNull(timeoutAt),
    traceparent: task.traceparent,
  };
}

export function leaseView(lease: {
  readonly leaseId: string;
  readonly leasedUntil: number | null;
  readonly calledOff: boolean;
}): RouteAnswer<typeof heartbeatTasks>['leases'][number] {
  return { leaseId: lease.leaseId, leasedUntil: isoOrNull(lease.leasedUntil), calledOff: lease.calledOff };
}

export function reportOf(report: SentReport): WorkReport {
  if (report.type === 'complete') return { ...report, result: report.result ?? null };
  if (report.type !== 'log') return report;
  return { ...report, lines: report.lines.map((line) => ({ ...line, at: Date.parse(line.at) })) };
}

export function outcomeView(result: Result<ReportOutcome>): Outcome {
  if (result.ok) return { ok: true, status: result.value.status, calledOff: result.value.calledOff };
  return { ok: false, error: { code: result.refusal.code, message: result.refusal.message } };
}

const tooLarge: Outcome = {
  ok: false,
  error: { code: 'invalid_request', message: `The result has more than ${workLimits.resultBytes} bytes of JSON.` },
};

/** Refused by itself, so that it does not spoil the other reports of its request. */
function isTooLarge(result: unknown): boolean {
  if (typeof result !== 'string' && (typeof result !== 'object' || result === null)) return false;
  const json = JSON.stringify(result);
  // No character has more than three bytes for each of its UTF-16 units.
  if (json.length * 3 <= workLimits.resultBytes) return false;
  return json.length > workLimits.resultBytes || new TextEncoder().encode(json).length > workLimits.resultBytes;
}
