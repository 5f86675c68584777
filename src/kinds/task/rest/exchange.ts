import type { ErrorCode } from '../../../contract/error-codes.ts';
import type { Result } from '../../../contract/errors.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import { iso } from '../../../contract/times.ts';
import type { TakenJob } from '../../../application/work/dispatch.ts';
import { unreadableEntry } from '../../../transports/rest/handlers/results.ts';
import type { TaskDispatch } from '../application/application.ts';
import type { WorkReport } from '../application/reporting.ts';
import { readEntry, type exchangeTasks, type SentEntry } from '../contract/exchange.ts';
import type { takeTasks } from '../contract/work.ts';
import { reportOf, whyRefused } from './reports.ts';
import { exchangedView } from './taken-view.ts';

type Asked = RouteRequest<typeof exchangeTasks>['body'];
type Answer = RouteAnswer<typeof exchangeTasks>;
type Stored = Pick<Answer, 'refused' | 'calledOff'>;
type Take = (wanted: RouteRequest<typeof takeTasks>['body']) => Promise<Result<readonly TakenJob[]>>;

/**
 * First the reports, then the claim. Where the claim fails, so does the whole: the reports are stored, and a worker
 * that sends them again is told so.
 */
export async function exchange(
  work: Pick<TaskDispatch, 'report' | 'now'>,
  { done, take: limit, ...wanted }: Asked,
  take: Take,
): Promise<Result<Answer>> {
  const stored = done.length === 0 ? nothing : await storeEntries(work, wanted.workerId, done);
  const taken = limit === 0 ? none : await take({ ...wanted, limit });
  if (!taken.ok) return taken;
  const leasedUntil = taken.value.reduce((latest, task) => Math.max(latest, task.leasedUntil), 0);
  return {
    ok: true,
    value: {
      ...stored,
      tasks: taken.value.map((one) => exchangedView(one, leasedUntil)),
      now: iso(work.now()),
      leasedUntil: leasedUntil === 0 ? null : iso(leasedUntil),
    },
  };
}

const nothing: Stored = { refused: [], calledOff: [] };
const none = { ok: true, value: [] as readonly TakenJob[] } as const;

/** Each by itself; what did not go as it should. */
async function storeEntries(
  work: Pick<TaskDispatch, 'report'>,
  workerId: string,
  sent: readonly unknown[],
): Promise<Stored> {
  const refused: [number, ErrorCode, string][] = [];
  const reports: WorkReport[] = [];
  const indexes: number[] = [];
  for (const [index, entry] of sent.entries()) {
    const read = readEntry(entry);
    if (read.ok) {
      reports.push(reportOf(read.value));
      indexes.push(index);
    } else {
      const { code, message } = unreadableEntry(read.fields).error;
      refused.push([index, code, message]);
    }
  }
  const results = reports.length === 0 ? [] : await work.report(workerId, reports);
  const calledOff = new Set<string>();
  for (const [at, result] of results.entries()) {
    if (!result.ok) {
      const { code, message } = whyRefused(result);
      refused.push([indexes[at]!, code, message]);
    } else if (result.value.cancelRequested || result.value.status === 'canceled') {
      // It was read as one that begins with the id of its task.
      calledOff.add((sent[indexes[at]!] as SentEntry)[0]);
    }
  }
  return { refused: refused.sort(([a], [b]) => a - b), calledOff: [...calledOff] };
}
