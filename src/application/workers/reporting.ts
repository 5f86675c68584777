import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import { task } from '../../domain/kinds/task/kind.ts';
import type { TaskCommand, TaskFields } from '../../domain/kinds/task/types.ts';
import { parseLeaseId } from '../../domain/lease/lease.ts';
import { onJob } from '../operation.ts';
import type { ReportOutcome, WorkDispatch, WorkReport } from '../task-application.ts';
import type { TaskDependencies } from '../tasks/dependencies.ts';

/** How many lines of its log a task keeps: the newest. */
const keptLogLines = 10_000;

type Lease = { readonly jobId: string; readonly token: number };

/** Stores what workers say, each report by itself: one that is refused does not spoil its neighbours. */
export function createReporting(deps: TaskDependencies): WorkDispatch['report'] {
  return async (workerId, reports) => {
    const outcomes = new Array<Result<ReportOutcome>>(reports.length);
    const storeThose = (isMeant: (report: WorkReport) => boolean): Promise<unknown> =>
      Promise.all(
        reports.map(async (report, index) => {
          if (isMeant(report)) outcomes[index] = await store(deps, workerId, report);
        }),
      );
    // Logs are kept by a way of their own, which must not be overtaken by the report that ends the lease.
    if (reports.some(isLog)) await storeThose(isLog);
    await storeThose((report) => !isLog(report));
    return outcomes;
  };
}

function isLog({ type }: WorkReport): boolean {
  return type === 'log';
}

async function store(deps: TaskDependencies, workerId: string, report: WorkReport): Promise<Result<ReportOutcome>> {
  const parsed = parseLeaseId(report.leaseId);
  if (parsed === null) {
    return refuse('invalid_request', `${JSON.stringify(report.leaseId)} is no lease id.`, {
      fields: { leaseId: 'unreadable' },
    });
  }
  const lease = { jobId: parsed.thingId, token: parsed.token };
  if (report.type === 'log') return log(deps, lease, report.lines);
  const command = commandOf(report, lease.token, deps.random);
  const by = { origin: { actor: workerId, correlationId: lease.jobId }, admits: () => true };
  return onJob(deps, task, lease.jobId, by, (draft, job) => {
    if (isRepeated(job, report, lease.token)) return ok(outcomeOf(job));
    const after = draft.changeJob(task, job, command);
    return after.ok ? ok(outcomeOf(after.value)) : after;
  });
}

/** A worker that did not hear the answer says it again: its attempt has ended as it said, and nothing more is to do. */
function isRepeated(job: Job<TaskFields>, { type }: WorkReport, token: number): boolean {
  if (job.lease !== null || job.fields.lastToken !== token) return false;
  if (type === 'complete') return job.state === 'completed' || job.state === 'canceled';
  return (type === 'fail' || type === 'return') && job.state !== 'completed';
}

function outcomeOf(job: Job<TaskFields>): ReportOutcome {
  return { status: job.state, calledOff: job.lease !== null && job.fields.cancelRequested };
}

function commandOf(report: Exclude<WorkReport, { type: 'log' }>, token: number, random: () => number): TaskCommand {
  switch (report.type) {
    case 'complete':
      return { type: 'complete', token, result: report.result ?? null };
    case 'fail': {
      const { message, retry, retryAfterMs } = report;
      return { type: 'fail', token, message, retry, retryAfterMs, random: random() };
    }
    case 'return':
      return { type: 'return', token };
    case 'progress':
      return { type: 'progress', token, ...numberOf(report), processed: report.processed, total: report.total };
    case 'error':
      return { type: 'error', token, ...numberOf(report), item: report.item, message: report.message };
    case 'cost':
      return { type: 'cost', token, ...numberOf(report), microUsd: report.microUsd };
  }
}

function numberOf({ number }: { readonly number?: number }): { readonly number?: number } {
  return number === undefined ? {} : { number };
}

async function log(
  { store: { jobs, logs } }: TaskDependencies,
  lease: Lease,
  lines: readonly Pick<Parameters<typeof logs.append>[1][number], 'at' | 'level' | 'message'>[],
): Promise<Result<ReportOutcome>> {
  const job = await jobs.get(lease.jobId);
  const lost = refuse('lease_lost', 'The lease is not the live one.', job === null ? undefined : { state: job.state });
  if (job === null || job.kind !== task.name || job.lease?.token !== lease.token) return lost;
  const numbered = lines.map((line) => ({ ...line, attempt: job.attempt }));
  const kept = await logs.append(lease, numbered, keptLogLines);
  return kept ? ok(outcomeOf(job as Job<TaskFields>)) : lost;
}
