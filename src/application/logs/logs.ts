import { ok, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { NumberedLine } from '../../domain/log-line.ts';
import { requireRole } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { seesJob } from '../jobs/scopes.ts';
import { unknownJob } from '../operation.ts';
import type { RequestContext } from '../request.ts';
import { followLog, type FollowLogOptions, type LogView } from './follow-log.ts';
import { firstKept, type KindLogs } from './kind-logs.ts';
import { LogCache } from './log-cache.ts';
import { storedLogFile, type StoredLogFile } from './log-file.ts';
import { readLogPage, type LogPage, type LogPageOptions } from './log-page.ts';
import { LogReader } from './log-reader.ts';

/** The logs of jobs, for callers who may see the jobs. */
export interface Logs {
  page(context: RequestContext, jobId: string, options: LogPageOptions): Promise<Result<LogPage>>;
  /**
   * Ends when the job has ended and everything was sent (with an `end`), when the signal aborts, and when the server
   * shuts down. Null for a client that reconnects when nothing is left to send.
   */
  follow<T>(
    context: RequestContext,
    jobId: string,
    options: FollowLogOptions & { readonly isBack: boolean },
    view: LogView<T>,
  ): Promise<Result<AsyncIterable<T> | null>>;
  /** All lines stored now, in groups. */
  all(context: RequestContext, jobId: string): Promise<Result<AsyncIterable<readonly NumberedLine[]>>>;
  /** For operators: the object that the log of a job is in once the job has ended. */
  file(context: RequestContext, jobId: string): Promise<Result<StoredLogFile>>;
}

type Deps = Pick<Dependencies, 'store' | 'objects' | 'gzip' | 'signals' | 'kinds' | 'clock'>;

/** Nothing is kept of what has no log. */
const none = { keepLines: 1 };

/** `logsOf`: of a kind by its name; undefined where its jobs have no log. */
export function createLogs(deps: Deps, logsOf: (kind: string) => KindLogs | undefined): Logs {
  const reader = new LogReader(deps);
  const cache = new LogCache();
  const find = async ({ caller }: RequestContext, jobId: string): Promise<Result<Job>> => {
    const job = await deps.store.jobs.get(jobId);
    return job !== null && seesJob(deps.kinds, caller, job) ? ok(job) : unknownJob(jobId);
  };
  return {
    async page(context, jobId, options) {
      const job = await find(context, jobId);
      if (!job.ok) return job;
      return ok(await readLogPage(deps, reader, jobId, options, logsOf(job.value.kind) ?? none));
    },
    async follow(context, jobId, { isBack, ...options }, view) {
      const job = await find(context, jobId);
      if (!job.ok) return job;
      if (isBack) {
        const [progress] = await deps.store.logs.progress([jobId]);
        if (progress === undefined || (progress.hasEnded && options.after >= progress.lastLine)) return ok(null);
      }
      return ok(followLog(deps, reader, cache, jobId, options, logsOf(job.value.kind) ?? none, view));
    },
    async all(context, jobId) {
      const job = await find(context, jobId);
      if (!job.ok) return job;
      const [progress] = await deps.store.logs.progress([jobId]);
      return ok(allLines(reader, jobId, progress?.lastLine ?? 0, logsOf(job.value.kind) ?? none));
    },
    async file(context, jobId) {
      const job = requireRole(context.caller, 'operator') ?? (await find(context, jobId));
      return job.ok ? storedLogFile(deps, job.value) : job;
    },
  };
}

async function* allLines(
  reader: LogReader,
  jobId: string,
  lastLine: number,
  kept: Pick<KindLogs, 'keepLines'>,
): AsyncGenerator<readonly NumberedLine[]> {
  for (let next = 1; next <= lastLine; ) {
    const piece = await reader.piece(jobId, next, (last) => firstKept(last, kept));
    if (piece.next === next) return;
    if (piece.lines.length > 0) yield piece.lines;
    next = piece.next;
  }
}
