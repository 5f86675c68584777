import { maySee, isAdmin } from '../../../application/caller.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, refusal, refuse, type Refusal, type RefusalCode, type Result } from '../../../domain/errors.ts';
import type { JobRequest, JobRequests } from '../../../ports/store/job-requests.ts';
import { certainTime } from '../../../ports/world.ts';
import { task } from '../domain/kind.ts';
import type { TaskDependencies } from './dependencies.ts';
import { submitTask, type SubmitTask } from './submit.ts';

/*
 * Tasks that other programs want: rows that they insert in transactions of their own, so that there is a task if and
 * only if their transaction is stored.
 *
 *   claim    leases due rows to one server for `leaseMs`; owners take turns
 *   commit   makes the task of the row's id and takes the row away, or neither
 *   refuse   keeps the row for `keepMs`, with the reason, where no later try would end otherwise by itself
 *
 * Failures.
 *   Crash before the commit       the lease runs out, and another server takes the row.
 *   The answer of the commit is   the row is gone, and whoever takes it again finds that out.
 *   lost, or two servers have it
 *   The store or the disk is full the row waits for `laterMs`, again and again.
 */

const claimLimit = 256;
const leaseMs = 10_000;
const laterMs = 5_000;
/** How often it looks without being woken: behind some proxies nobody is. */
const pollMs = 1_000;
const keepMs = 7 * 86_400_000;
const purgeEveryMs = 600_000;
const purgeLimit = 1_000;

/** Those that say nothing of the request itself. */
const passing: ReadonlySet<RefusalCode> = new Set(['unavailable', 'rate_limit']);

/** For owners, of their own; for administrators, of everybody. */
export interface TaskRequests {
  list(
    context: RequestContext,
    options: { readonly isRefused: boolean; readonly after: string | null; readonly limit: number },
  ): Promise<Result<readonly JobRequest[]>>;
  get(context: RequestContext, id: string): Promise<Result<JobRequest>>;
  /** Tries a refused one again. */
  retry(context: RequestContext, id: string): Promise<Result<JobRequest>>;
  /** Withdraws it. */
  remove(context: RequestContext, id: string): Promise<Result<null>>;
}

export function createTaskRequests(requests: JobRequests, onRetry: () => void): TaskRequests {
  const get: TaskRequests['get'] = async ({ caller }, id) => {
    const found = await requests.get(task.name, id);
    return found !== null && maySee(caller, found.ownerId) ? ok(found) : none(id);
  };
  return {
    get,
    list: async ({ caller }, options) =>
      ok(await requests.list({ kind: task.name, ownerId: isAdmin(caller) ? null : caller.userId, ...options })),
    async retry(context, id) {
      const found = await get(context, id);
      if (!found.ok) return found;
      const retried = await requests.retry(id);
      if (retried === null) return refuse('invalid_state', `Request ${id} waits already.`, { state: 'waiting' });
      onRetry();
      return ok(retried);
    },
    async remove(context, id) {
      const found = await get(context, id);
      if (!found.ok) return found;
      return (await requests.remove(id)) ? ok(null) : none(id);
    },
  };
}

function none(id: string): ReturnType<typeof refuse> {
  return refuse('not_found', `There is no request ${id}: it may be a task already.`);
}

interface Taking {
  readonly deps: TaskDependencies;
  readonly requests: JobRequests;
  /** What a body says, or what of it is wrong, by the path of the field. */
  readonly read: (body: string) =>
    | { readonly ok: true; readonly value: SubmitTask }
    | { readonly ok: false; readonly fields: Readonly<Record<string, string>> };
}

/** Makes tasks of what waits; milliseconds until the next round. */
export function createRequestRound(taking: Taking): () => Promise<number> {
  const { deps, requests } = taking;
  let purgedAt = -Infinity;
  return async () => {
    const now = deps.clock.now();
    const claimed = await requests.claim({ kind: task.name, now, leaseMs, limit: claimLimit });
    const taken = await Promise.allSettled(claimed.map((request) => take(taking, request)));
    const failed = taken.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (claimed.length > 0) return 0;
    if (now - purgedAt >= purgeEveryMs) {
      purgedAt = now;
      while ((await requests.purge(certainTime(deps.clock) - keepMs, purgeLimit)) === purgeLimit);
    }
    return pollMs;
  };
}

async function take(taking: Taking, request: JobRequest): Promise<void> {
  const { deps, requests } = taking;
  const { id, ownerId } = request;
  const result = await submitted(taking, request);
  // Another server was first, or somebody has withdrawn it.
  if (result.ok || result.refusal.code === 'not_found') return;
  const { code, message } = result.refusal;
  const now = deps.clock.now();
  if (passing.has(code)) return requests.putOff([id], now + laterMs);
  deps.logger.warn('a request of another program is refused', { requestId: id, userId: ownerId, code, why: message });
  await requests.refuse(id, result.refusal, now);
}

async function submitted({ deps, read: readBody }: Taking, request: JobRequest): Promise<Result<unknown>> {
  const { id, ownerId, body } = request;
  const read = readBody(body);
  if (!read.ok) return { ok: false, refusal: unreadable(read.fields) };
  const caller = { userId: ownerId, roles: ['user'] as const };
  return submitTask(deps, { caller, correlationId: id, traceparent: null }, read.value, id);
}

function unreadable(fields: Readonly<Record<string, string>>): Refusal {
  const [first = ''] = Object.entries(fields).map(([path, problem]) => `${path} ${problem}`);
  return refusal('invalid_request', `The request is not valid: ${first}.`, { fields });
}
