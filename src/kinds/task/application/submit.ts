import { type Repeatable, repeatableOf, readsOfKey, rememberAs, madeBefore } from '../../../application/repeatable.ts';
import type { Backoff } from '../../../domain/retry.ts';
import type { TaskSummary } from './queries.ts';
import { ok, refusal, refuse, type Refusal, type Result } from '../../../domain/errors.ts';
import { startProblem } from '../../../domain/job/start.ts';
import type { Labels } from '../../../domain/job/job.ts';
import type { Kinds } from '../../../domain/kinds.ts';
import { dedupeRecord } from '../domain/decide.ts';
import { task } from '../domain/kind.ts';
import { searchLabels } from '../domain/search-keys.ts';
import { usualInput, type StoredTaskInput } from '../domain/types.ts';
import { neverForgotten } from '../../../ports/store/commit.ts';
import { jobRequestTable } from '../../../ports/store/job-requests.ts';
import type { RequestContext } from '../../../application/request.ts';
import { createDependent } from '../../../application/jobs/dependencies.ts';
import { defaultsOf, type TaskDefaults } from './work-types.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref, type Ref } from '../../../application/write-path/refs.ts';
import { readsOfChild, startAgain, startChild, type Child } from './children.ts';
import type { TaskDependencies } from './dependencies.ts';
import { bothPermits, keepTo, withinQuota } from '../../../application/quotas/within-quota.ts';
import { unlimited, type QuotaPermit } from '../../../application/quotas/job-quota.ts';
import { storedBytes } from '../../../ports/store/usage.ts';

export interface SubmitTask {
  /** 1 to 100 letters, digits and `_ . : / -`. */
  readonly type: string;
  readonly data: unknown;
  readonly totalItems?: number;
  /** −1,000 to 1,000; 0 if left out. */
  readonly priority?: number;
  /** Milliseconds since 1970; at once if left out. */
  readonly runAt?: number;
  /** What is left out of these is the type's, or the server's. */
  readonly maxAttempts?: number;
  readonly backoff?: Backoff;
  readonly timeoutMs?: number | null;
  readonly dedupeKey?: string;
  readonly concurrencyKey?: string;
  readonly dependsOn?: readonly string[];
  readonly onDependencyFailure?: 'cancel' | 'run';
  readonly webhookUrl?: string;
  /** At most 8, beside those that the type makes of its data. */
  readonly labels?: Labels;
  readonly idempotencyKey?: string;
  /** Set by the scheduler alone. */
  readonly scheduleId?: string;
  /** Set where a task's handler starts another. */
  readonly child?: Child;
}

export interface SubmittedTask {
  readonly task: TaskSummary;
  /** False: an earlier request with the same key made it. */
  readonly isNew: boolean;
}

interface Submission {
  readonly kinds: Kinds;
  readonly context: RequestContext;
  readonly jobId: string;
  readonly jobType: string;
  readonly input: StoredTaskInput;
  readonly labels: Labels;
  /** Null: at once. */
  readonly runAt: number | null;
  readonly totalItems: number | null;
  /** Of the stored request that becomes the task, which has its id; null: the task has an id of its own. */
  readonly requestId: string | null;
  /** What this request and its repeats are known by; null when it came without an Idempotency-Key. */
  readonly repeatable: Repeatable | null;
  /** What is wrong with the request beyond what its schema says, or null. */
  readonly problem: Refusal | null;
  readonly child: Child | null;
}

/** What holds for one try to make it. */
interface Admission {
  readonly permit: Pick<QuotaPermit, 'refusal' | 'cap'>;
  /** Why no task may be made now, or null; an earlier one is answered all the same. */
  readonly refused: Refusal | null;
}

/**
 * Makes the task, or answers the one that an earlier request with one of its keys made.
 *
 * @param requestId of a stored request, which goes in the commit that makes the task of the same id; `not_found`
 *   when it is gone
 */
export async function submitTask(
  deps: TaskDependencies,
  context: RequestContext,
  request: SubmitTask,
  requestId: string | null = null,
): Promise<Result<SubmittedTask>> {
  const { types, ids, webhookUrlProblem, quotas, typeLimits, clock, schemas } = deps;
  const { type, idempotencyKey, child = null } = request;
  const startsTooLate = startProblem(request.runAt, clock.now());
  const urlProblem = request.webhookUrl === undefined ? null : (webhookUrlProblem?.(request.webhookUrl) ?? null);
  if (urlProblem !== null) {
    return refuse('invalid_request', `The webhookUrl ${urlProblem}.`, { fields: { webhookUrl: urlProblem } });
  }
  const known = types.of(task.name, type);
  const defaults = defaultsOf(known instanceof Promise ? await known : known);
  const dataProblems = defaults.inputSchema && schemas.problemsOf(defaults.inputSchema, request.data ?? null);
  const input = inputOf(request, defaults);
  const { userId } = context.caller;
  const bytes = storedBytes(input);
  const wanted: Submission = {
    kinds: deps.kinds,
    problem: problemOf(type, startsTooLate, dataProblems),
    context,
    jobId: child?.id ?? requestId ?? ids.uuid(),
    requestId,
    jobType: type,
    input,
    labels: labelsOf(request, defaults),
    runAt: request.runAt ?? null,
    totalItems: request.totalItems ?? null,
    repeatable: idempotencyKey === undefined ? null : await repeatableBy(userId, request),
    child,
  };
  return withinQuota(
    () => bothPermits(quotas?.admit(task.name, userId, bytes) ?? unlimited, () => typeLimits.admit(userId, type)),
    (permit) => submitOnce(deps, wanted, bytes, permit),
    isNewOne,
  );
}

const isNewOne = ({ isNew }: SubmittedTask): boolean => isNew;

function repeatableBy(userId: string, { idempotencyKey, child: _, ...said }: SubmitTask): Promise<Repeatable | null> {
  return repeatableOf(userId, 'submit-task', idempotencyKey, { ...contractDefaults, ...said });
}

function labelsOf({ labels, data }: SubmitTask, { searchable }: TaskDefaults): Labels {
  if (searchable.length === 0) return labels ?? noLabels;
  return { ...labels, ...searchLabels(data ?? null, searchable) };
}

const noLabels: Labels = {};

function problemOf(
  type: string, startsTooLate: string | null, dataProblems: Readonly<Record<string, string>> | null,
): Refusal | null {
  if (startsTooLate !== null) {
    return refusal('invalid_request', `The runAt ${startsTooLate}.`, { fields: { runAt: startsTooLate } });
  }
  if (dataProblems === null) return null;
  const [[path, problem] = []] = Object.entries(dataProblems);
  return refusal('invalid_request', `The data does not fit tasks of type ${type}: ${path} ${problem}.`, {
    fields: dataProblems,
  });
}

function submitOnce(
  { writePath, closed }: TaskDependencies,
  wanted: Submission,
  bytes: number,
  permit: QuotaPermit,
): Promise<Result<SubmittedTask>> {
  const { context, child } = wanted;
  const admission = { permit, refused: wanted.problem ?? closed?.() ?? null };
  return writePath.run({
    actor: child?.workerId ?? context.caller.userId,
    correlationId: context.correlationId,
    audit: context.audit,
    reads: readsOf(wanted),
    bytes,
    decide: (draft) => submit(draft, wanted, admission),
  });
}

function readsOf({ repeatable, requestId, input: { dependsOn = noIds }, child }: Submission): readonly Ref[] {
  const readsNothing = repeatable === null && requestId === null && child === null && dependsOn.length === 0;
  if (readsNothing) return noIds;
  return [...readsOfKey(repeatable), ...readsOfRequest(requestId), ...dependsOn.map(ref.job), ...readsOfChild(child)];
}

/** What is to be stored of the input: what is not as usual. */
function inputOf(request: SubmitTask, defaults: TaskDefaults): StoredTaskInput {
  const { priority, maxAttempts, backoff, timeoutMs, dependsOn, child } = request;
  const whole: typeof usualInput = {
    data: request.data ?? null,
    priority: priority ?? usualInput.priority,
    maxAttempts: maxAttempts ?? defaults.maxAttempts,
    backoff: backoff ?? defaults.backoff,
    timeoutMs: timeoutMs === undefined ? defaults.timeoutMs : timeoutMs,
    dedupeKey: request.dedupeKey ?? null,
    concurrencyKey: request.concurrencyKey ?? null,
    dependsOn: dependsOn === undefined || dependsOn.length === 0 ? usualInput.dependsOn : [...new Set(dependsOn)],
    onDependencyFailure: request.onDependencyFailure ?? usualInput.onDependencyFailure,
    webhookUrl: request.webhookUrl ?? null,
    scheduleId: request.scheduleId ?? null,
  };
  const stored: { [name: string]: unknown } = child === undefined ? {} : { depth: child.depth };
  for (const name of inputNames) if (whole[name] !== usualInput[name]) stored[name] = whole[name];
  return stored;
}

const inputNames = Object.keys(usualInput) as (keyof typeof usualInput)[];
const noIds: readonly string[] = [];

/** To leave one of these out says the same as to give it. What a type's settings stand in for may change meanwhile. */
const contractDefaults = {
  data: null, priority: 0, dependsOn: noIds, onDependencyFailure: 'cancel',
} as const satisfies Partial<SubmitTask>;

function submit(draft: Draft, submission: Submission, admission: Admission): Result<SubmittedTask> {
  const { jobId, context, input, labels, jobType, runAt, totalItems, repeatable, requestId } = submission;
  const earlier =
    repeated(draft, submission) ?? taken(draft, requestId) ?? startedBefore(draft, submission, admission);
  if (earlier !== null) return earlier;
  const first = duplicated(draft, submission);
  if (first !== null && requestId !== null) {
    return refuse('conflict', `Task ${first.task.id} has this dedupeKey and has not ended.`, { jobId: first.task.id });
  }
  if (first === null) {
    if (admission.refused !== null) return { ok: false, refusal: admission.refused };
    const kept = keepTo(draft, admission.permit);
    if (!kept.ok) return kept;
  }
  const { child } = submission;
  const started = child === null ? null : startChild(draft, child);
  if (started !== null && !started.ok) return started;
  const resourceId = first?.task.id ?? jobId;
  rememberAs(draft, repeatable, resourceId);
  if (first !== null) return ok(first);
  const { caller, traceparent } = context;
  const { kinds } = submission;
  const { dependsOn = noIds } = input;
  const made = createDependent(draft, task, { kinds, caller, jobId, dependsOn }, (waitsFor) => ({
    type: 'create', ownerId: caller.userId, traceparent, jobType, input, labels, totalItems, waitsFor,
    runAt: runAt ?? draft.now, ...(child !== null && { parentId: child.parentId }),
  }));
  if (!made.ok) return made;
  if (requestId !== null) draft.deleteRecord(jobRequestTable, [requestId]);
  return ok({ task: made.value, isNew: true });
}

function readsOfRequest(id: string | null): string[] {
  return id === null ? [] : [ref.record(jobRequestTable, [id]), ref.job(id)];
}

/** Why a stored request cannot become a task any more, or null. */
function taken(draft: Draft, id: string | null): Result<never> | null {
  if (id === null) return null;
  if (draft.record(jobRequestTable, [id]) === null) return refuse('not_found', `There is no request ${id} any more.`);
  return draft.anyJob(id) === null ? null : refuse('conflict', `There is a job ${id} already: choose another id.`);
}

/** The answer to the same request, or null. */
function repeated(draft: Draft, { repeatable }: Submission): Result<SubmittedTask> | null {
  const before = madeBefore(draft, repeatable);
  if (before === null || !before.ok) return before;
  const made = draft.job(task, before.value);
  if (made === null) {
    return refuse('not_found', 'The task created with this Idempotency-Key has been deleted: use a new key.');
  }
  return ok({ task: made, isNew: false });
}

/** The child that an earlier attempt of the handler has started, or null. */
function startedBefore(
  draft: Draft, { child, jobId, jobType }: Submission, { permit }: Admission,
): Result<SubmittedTask> | null {
  const made = child === null ? null : draft.job(task, jobId);
  if (child === null || made === null) return null;
  if (made.type !== jobType) {
    const message = `A task of type ${made.type} was started as ${JSON.stringify(child.name)}: use another name.`;
    return refuse('conflict', message, { taskId: made.id });
  }
  const again = startAgain(draft, child, made, () => keepTo(draft, permit));
  if (again === null) return ok({ task: made, isNew: false });
  return again.ok ? ok({ task: again.value, isNew: true }) : again;
}

/** The task that holds the dedupe key, or null: then this one does. */
function duplicated(draft: Draft, { jobId, jobType, input, context }: Submission): SubmittedTask | null {
  const { dedupeKey = null } = input;
  if (dedupeKey === null) return null;
  const record = dedupeRecord(context.caller.userId, jobType, dedupeKey);
  const holder = draft.idempotency(record.scope, record.key);
  const first = holder === null ? null : draft.job(task, holder.resourceId);
  if (first !== null) return { task: first, isNew: false };
  hold(draft, record, jobId);
  return null;
}

export function hold(draft: Draft, record: ReturnType<typeof dedupeRecord>, jobId: string): void {
  draft.remember({ ...record, fingerprint: '', resourceId: jobId, createdAt: neverForgotten });
}
