import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { errorFacts } from '../domain/error-facts.ts';
import { task } from '../domain/kind.ts';
import type { TaskCommand, TaskFields, ErrorFacts } from '../domain/types.ts';
import { parseLeaseId } from '../../../domain/lease.ts';
import { dependOnAgain } from '../../../application/jobs/dependencies.ts';
import { operationOn } from '../../../application/operation.ts';
import type { Dispatch } from '../../../application/work/dispatch.ts';
import { LogWriter } from '../../../application/logs/log-writer.ts';
import type { LogLevel, LogLine } from '../../../domain/log-line.ts';
import { keptTaskLogs } from './kept-logs.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref, type Ref } from '../../../application/write-path/refs.ts';
import type { Operation, Outcome } from '../../../application/write-path/write-path.ts';
import type { Kinds } from '../../../domain/kinds.ts';
import type { TaskDependencies } from './dependencies.ts';
import { unavailableBecause } from '../../../application/unavailable.ts';

/** What a worker says of a task it holds. */
export type WorkReport = { readonly leaseId: string } & (
  | { readonly type: 'complete'; readonly result: unknown }
  | { readonly type: 'step'; readonly name: string; readonly result: unknown; readonly tookMs?: number }
  | (ErrorFacts & {
      readonly type: 'fail';
      readonly retry: boolean;
      readonly retryAfterMs: number | null;
    })
  | { readonly type: 'release' }
  /** The handler waits for children, or for its time: `delayMs` from now. */
  | { readonly type: 'suspend'; readonly waitsFor: readonly string[]; readonly delayMs: number }
  | (Numbered & { readonly type: 'progress'; readonly processed: number; readonly total: number | null })
  | (Numbered & ErrorFacts & { readonly type: 'error'; readonly item: string | null })
  | (Numbered & { readonly type: 'cost'; readonly microUsd: number })
  | {
      readonly type: 'log';
      /** The number of the first of them among all lines of the lease, from 1; without, a repeat is stored again. */
      readonly firstLine?: number;
      readonly lines: readonly { readonly at: number; readonly level: LogLevel; readonly message: string }[];
    }
);

/** With one that grows with every report under the lease, a report may be said again; without, it counts again. */
interface Numbered {
  readonly number?: number;
}

export interface ReportOutcome {
  readonly status: string;
  /** The worker is to stop. */
  readonly cancelRequested: boolean;
}

/** A fault: the server failed over this very report, and has logged it. */
export type ReportResult = Outcome<ReportOutcome>;

type Lease = { readonly jobId: string; readonly token: number };

/**
 * Stores what workers say, each report by itself: one that is refused does not spoil its neighbours. What is said of
 * one task is stored in the order in which it came, however many requests are under way.
 */
export function createReporting(deps: TaskDependencies): Dispatch<WorkReport, ReportResult>['report'] {
  /**
   * The newest request that says something of a task, of those that others have to wait for: logs go by a way of their
   * own. What is said in the write path is stored in the order in which it came there.
   */
  const newest = new Map<string, Promise<unknown>>();
  const writer = new LogWriter(deps, keptTaskLogs);
  return (workerId, reports) => {
    const said = reports.map((report) => ({ report, lease: leaseOf(report) }));
    const before = newest.size === 0 ? [] : said.flatMap(({ lease }) => newest.get(lease?.jobId ?? '') ?? []);
    const store = (): ReturnType<typeof storeAll> => storeAll(deps, writer, workerId, said);
    if (before.length === 0 && !said.some(isLog)) return store();
    const storing = Promise.all(before).then(store);
    const over = storing.then(ignore, ignore);
    for (const { lease } of said) if (lease !== null) newest.set(lease.jobId, over);
    void over.then(() => {
      for (const { lease } of said) if (lease !== null && newest.get(lease.jobId) === over) newest.delete(lease.jobId);
    });
    return storing;
  };
}

const ignore = (): void => {};
const isLog = ({ report }: Said): boolean => report.type === 'log';

interface Said {
  readonly report: WorkReport;
  /** Null when it cannot be read. */
  readonly lease: Lease | null;
}

async function storeAll(
  deps: TaskDependencies,
  writer: LogWriter,
  workerId: string,
  said: readonly Said[],
): Promise<readonly ReportResult[]> {
  const outcomes = new Array<ReportResult>(said.length);
  // Logs are kept by a way of their own, which must not be overtaken by the report that ends the lease.
  if (said.some(isLog)) {
    await storeAllLogs(deps, writer, said, outcomes);
    throwIfUnavailable(outcomes);
  }
  const operations: Operation<ReportOutcome>[] = [];
  const places: number[] = [];
  said.forEach(({ report, lease }, index) => {
    if (report.type === 'log') return;
    if (lease === null) outcomes[index] = unreadable(report.leaseId);
    else {
      operations.push(operationOf(deps, workerId, report, lease));
      places.push(index);
    }
  });
  const stored = await deps.writePath.runAll(operations);
  stored.forEach((outcome, at) => (outcomes[places[at]!] = outcome));
  throwIfUnavailable(outcomes);
  logFaults(deps, said, outcomes);
  return outcomes;
}

/** Those of each lease together. */
async function storeAllLogs(
  deps: TaskDependencies,
  writer: LogWriter,
  said: readonly Said[],
  outcomes: ReportResult[],
): Promise<void> {
  const logs = Map.groupBy([...said.entries()].filter(([, one]) => isLog(one)), ([, { report }]) => {
    return report.leaseId;
  });
  await Promise.all(
    [...logs.values()].map(async (ofOne) => {
      const storing = storeLogs(deps, writer, ofOne.map(([, one]) => one));
      const outcome = await storing.catch((fault: unknown): ReportResult => ({ ok: false, refusal: null, fault }));
      for (const [index] of ofOne) outcomes[index] = outcome;
    }),
  );
}

/** What goes wrong with one report does not keep others from being answered, unless nothing can be stored at all. */
function throwIfUnavailable(outcomes: readonly (ReportResult | undefined)[]): void {
  for (const outcome of outcomes) {
    if (outcome?.ok === false && outcome.refusal === null && unavailableBecause(outcome.fault) !== null) {
      throw outcome.fault;
    }
  }
}

function logFaults({ logger }: TaskDependencies, said: readonly Said[], outcomes: readonly ReportResult[]): void {
  const isFault = (outcome: ReportResult): boolean => !outcome.ok && outcome.refusal === null;
  const first = outcomes.findIndex(isFault);
  if (first === -1) return;
  const { fault } = outcomes[first] as Extract<ReportResult, { readonly refusal: null }>;
  const { report: { leaseId, type } } = said[first]!;
  const error = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  logger.error('reports of workers cannot be stored', {
    reports: outcomes.filter(isFault).length, leaseId, type, error,
  });
}

function leaseOf({ leaseId }: WorkReport): Lease | null {
  const parsed = parseLeaseId(leaseId);
  return parsed === null ? null : { jobId: parsed.thingId, token: parsed.token };
}

function unreadable(leaseId: string): Result<never> {
  const message = `${JSON.stringify(leaseId)} is not a lease id: send the one returned with the task.`;
  return refuse('invalid_request', message, { fields: { leaseId: 'unreadable' } });
}

function operationOf(
  deps: TaskDependencies,
  workerId: string,
  report: Exclude<WorkReport, { type: 'log' }>,
  { jobId, token }: Lease,
): Operation<ReportOutcome> {
  const reads = report.type === 'suspend' ? report.waitsFor.map(ref.job) : noRefs;
  const by = { origin: { actor: workerId, correlationId: jobId }, admits: anyTask, reads };
  const command = report.type === 'suspend' ? null : commandOf(report, token, deps.random);
  return operationOn(task, jobId, by, (draft, job) => {
    if (isRepeated(job, report, token)) return ok(outcomeOf(job));
    const after = command === null
      ? suspend(draft, deps.kinds, job, report as Suspend, token)
      : draft.changeJob(task, job, command);
    return after.ok ? ok(outcomeOf(after.value)) : after;
  });
}

const noRefs: readonly Ref[] = [];
const anyTask = (): boolean => true;

/** A worker that did not hear the answer says it again: its attempt has ended as it said, and nothing more is to do. */
function isRepeated(job: Job<TaskFields>, { type }: WorkReport, token: number): boolean {
  if (job.lease !== null || job.fields.lastToken !== token) return false;
  if (type === 'complete') return job.state === 'completed' || job.state === 'canceled';
  return (type === 'fail' || type === 'release' || type === 'suspend') && job.state !== 'completed';
}

function outcomeOf(job: Job<TaskFields>): ReportOutcome {
  return { status: job.state, cancelRequested: job.lease !== null && job.fields.cancelRequested === true };
}

type Suspend = Extract<WorkReport, { type: 'suspend' }>;

/** What has ended meanwhile is not waited for. */
function suspend(
  draft: Draft,
  kinds: Kinds,
  job: Job<TaskFields>,
  { waitsFor, delayMs }: Suspend,
  token: number,
): Result<Job<TaskFields>> {
  const foreign = waitsFor.find((id) => {
    const child = draft.anyJob(id);
    return child !== null && child.parentId !== job.id;
  });
  if (foreign !== undefined) {
    return refuse('invalid_request', `Job ${foreign} is none that this task has started.`, {
      fields: { waitsFor: 'must name tasks that this one has started' },
    });
  }
  const open = dependOnAgain(draft, kinds, job.id, [...new Set(waitsFor)]);
  if (!open.ok) return open;
  return draft.changeJob(task, job, { type: 'suspend', token, sleepMs: delayMs, waitsFor: open.value });
}

function commandOf(
  report: Exclude<WorkReport, { type: 'log' | 'suspend' }>,
  token: number,
  random: () => number,
): TaskCommand {
  switch (report.type) {
    case 'complete':
      return { type: 'complete', token, result: report.result ?? null };
    case 'fail': {
      const { retry, retryAfterMs } = report;
      return { type: 'fail', token, ...errorFacts(report), retry, retryAfterMs, random: random() };
    }
    case 'step':
      return { type: 'step', token, name: report.name, result: report.result, tookMs: report.tookMs ?? null };
    case 'release':
      return { type: 'release', token };
    case 'progress':
      return { type: 'progress', token, ...numberOf(report), processed: report.processed, total: report.total };
    case 'error':
      return { type: 'error', token, ...numberOf(report), ...errorFacts(report), item: report.item };
    case 'cost':
      return { type: 'cost', token, ...numberOf(report), microUsd: report.microUsd };
  }
}

function numberOf({ number }: { readonly number?: number }): { readonly number?: number } {
  return number === undefined ? {} : { number };
}

/** Of one lease. */
async function storeLogs(
  { store: { jobs } }: TaskDependencies,
  writer: LogWriter,
  said: readonly Said[],
): Promise<Result<ReportOutcome>> {
  const [{ report: { leaseId }, lease }] = said as [Said];
  if (lease === null) return unreadable(leaseId);
  const job = await jobs.get(lease.jobId);
  const lost = refuse('lease_lost', 'The lease is no longer valid.', job === null ? undefined : { state: job.state });
  if (job === null || job.kind !== task.name) return lost;
  for (const { firstLine, lines } of inARow(said, job.attempt)) {
    const written = await writer.write(lease, firstLine, lines);
    if (!written.ok) return written.refusal.code === 'lease_lost' ? lost : written;
  }
  return ok(outcomeOf(job as Job<TaskFields>));
}

interface Row {
  readonly firstLine: number | null;
  readonly lines: LogLine[];
}

/** Reports that follow each other are stored together. */
function inARow(said: readonly Said[], attempt: number): readonly Row[] {
  const rows: Row[] = [];
  for (const { report } of said) {
    if (report.type !== 'log') continue;
    const { firstLine = null } = report;
    const lines = report.lines.map(({ at, level, message }): LogLine => ({
      at, stream: 'log', level, text: message, attempt,
    }));
    const last = rows.at(-1);
    const next = last === undefined || last.firstLine === null ? null : last.firstLine + last.lines.length;
    if (last !== undefined && next === firstLine) last.lines.push(...lines);
    else rows.push({ firstLine, lines });
  }
  return rows;
}
