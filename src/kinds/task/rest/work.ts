import type { ReportResult } from '../application/reporting.ts';
import type { TakenJob } from '../../../application/work/dispatch.ts';
import type { TaskDispatch } from '../application/application.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import type { NewChild } from '../application/start-children.ts';
import type { TaskSummary } from '../application/queries.ts';
import type { Result } from '../../../contract/errors.ts';
import { taskView } from '../contract/task-view.ts';
import type { exchangeRoutes } from '../contract/exchange.ts';
import type { heartbeatTasks, reportTasks, startChildTasks, takeTasks, workRoutes } from '../contract/work.ts';
import { readReport } from '../contract/work-report.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { exchange } from './exchange.ts';
import { reportOf, whyRefused } from './reports.ts';
import { submission } from './submission.ts';
import { takenView } from './taken-view.ts';
import { answering, unreadableEntry } from '../../../transports/rest/handlers/results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';

type SentChild = RouteRequest<typeof startChildTasks>['body']['tasks'][number];
type Outcome = RouteAnswer<typeof reportTasks>['outcomes'][number];
type Wanted = RouteRequest<typeof takeTasks>['body'];
type Taken = Result<readonly TakenJob[]>;

export function workHandlers(work: TaskDispatch): HandlersFor<typeof workRoutes & typeof exchangeRoutes> {
  const take = async ({ inputSchemas, ...wanted }: Wanted, signal: () => AbortSignal): Promise<Taken> => {
    if (inputSchemas !== undefined) await work.describe(ofTypes(inputSchemas, wanted.types));
    const types = [...new Set(wanted.types)];
    const gone = wanted.waitMs === 0 ? null : signal();
    const taken = await work.take({ ...wanted, types, ...(gone !== null && { signal: gone }) });
    // Nobody hears the answer: others are not to wait until the leases have run out.
    if (taken.ok && gone?.aborted) {
      await work.report(wanted.workerId, taken.value.map(({ leaseId }) => ({ leaseId, type: 'release' })));
    }
    return taken;
  };
  return {
    takeTasks: ({ body, signal }) =>
      answering(take(body, signal), (tasks) => ({ tasks: tasks.map(takenView), now: iso(work.now()) })),
    exchangeTasks: ({ body, signal }) => exchange(work, body, (wanted) => take(wanted, signal)),
    reportTasks: async ({ body: { workerId, reports } }) => ({
      ok: true, value: { outcomes: await storeReports(work, workerId, reports) },
    }),
    startChildTasks: ({ body: { workerId, leaseId, tasks } }) =>
      answering(work.startChildren(workerId, leaseId, tasks.map(childOf)), (children) => ({
        children: children.map(childView),
      })),
    heartbeatTasks: async ({ body }) => {
      const leases = await work.renew(body);
      return { ok: true, value: { leases: leases.map(leaseView) } };
    },
  };
}

export function childOf({ name, ...child }: SentChild): NewChild {
  return { name, ...submission(child, undefined) };
}

export function childView(started: Result<TaskSummary>): RouteAnswer<typeof startChildTasks>['children'][number] {
  if (started.ok) return { ok: true, task: taskView(started.value) };
  const { code, message, details: { fields } = {} } = started.refusal;
  return {
    ok: false,
    error: { code, message, ...(fields !== undefined && { fields: fields as Readonly<Record<string, string>> }) },
  };
}

function ofTypes<T>(all: Readonly<Record<string, T>>, types: readonly string[]): Readonly<Record<string, T>> {
  return Object.fromEntries(types.flatMap((type) => (Object.hasOwn(all, type) ? [[type, all[type]!] as const] : [])));
}

export function leaseView(lease: {
  readonly leaseId: string;
  readonly leasedUntil: number | null;
  readonly cancelRequested: boolean;
}): RouteAnswer<typeof heartbeatTasks>['leases'][number] {
  return { leaseId: lease.leaseId, leasedUntil: isoOrNull(lease.leasedUntil), cancelRequested: lease.cancelRequested };
}

/** Reads and stores each report by itself; how that went, in their order. */
export async function storeReports(
  work: Pick<TaskDispatch, 'report'>,
  workerId: string,
  sent: readonly unknown[],
): Promise<readonly Outcome[]> {
  const read = sent.map(readReport);
  const results = await work.report(workerId, read.flatMap((report) => (report.ok ? [reportOf(report.value)] : [])));
  let next = 0;
  return read.map((report) => (report.ok ? outcomeView(results[next++]!) : unreadableEntry(report.fields)));
}

function outcomeView(result: ReportResult): Outcome {
  if (result.ok) return { ok: true, status: result.value.status, cancelRequested: result.value.cancelRequested };
  return { ok: false, error: whyRefused(result) };
}
