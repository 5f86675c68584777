import { sortedJson } from '../../../application/fingerprint.ts';
import { originOf } from '../../../application/operation.ts';
import { requireRole } from '../../../application/caller.ts';
import { createDependent } from '../../../application/jobs/dependencies.ts';
import { keepTo, withinQuota } from '../../../application/quotas/within-quota.ts';
import type { QuotaPermit } from '../../../application/quotas/job-quota.ts';
import { madeBefore, readsOfKey, rememberAs, repeatableOf, type Repeatable } from '../../../application/repeatable.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Refusal, type Result } from '../../../domain/errors.ts';
import type { OnDependencyFailure } from '../../../domain/job/dependencies.ts';
import type { Job } from '../../../domain/job/job.ts';
import { startProblem } from '../../../domain/job/start.ts';
import type { Kinds } from '../../../domain/kinds.ts';
import type { Backoff } from '../../../domain/retry.ts';
import { storedBytes } from '../../../ports/store/usage.ts';
import { command } from '../domain/kind.ts';
import { readKey } from '../domain/keys.ts';
import { defaultName } from '../domain/name.ts';
import type { ArtifactInput, CommandFields, CommandInput, Requirements } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { inputProblems } from './inputs.ts';

/** What is submitted; what is left out is the server's default. */
export interface SubmitCommand {
  /** A UUID: the same job again under it changes nothing. */
  readonly id?: string;
  /** Left out: the name of the program. */
  readonly name?: string;
  readonly description?: string;
  /** Empty only with `script`: then the shell runs it. */
  readonly command: string;
  readonly arguments?: readonly string[];
  readonly script?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly stdin?: string;
  readonly requirements?: Partial<Requirements>;
  readonly priority?: number;
  readonly runAt?: number;
  readonly timeoutMs?: number;
  readonly graceMs?: number;
  readonly startWithinMs?: number;
  readonly inputs?: readonly ArtifactInput[];
  readonly outputs?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly onDependencyFailure?: OnDependencyFailure;
  readonly retry?: { readonly maxAttempts?: number; readonly backoff?: Backoff; readonly on?: 'lost' | 'failure' };
  readonly labels?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly webhookUrl?: string;
  readonly idempotencyKey?: string;
  /** Set by schedules alone. */
  readonly scheduleId?: string;
}

export interface SubmittedCommand {
  readonly job: Job<CommandFields>;
  /** False: an earlier request made it. */
  readonly isNew: boolean;
}

const defaultGraceMs = 10_000;
const defaultBackoff: Backoff = { firstMs: 1_000, maxMs: 60_000 };
const noRequirements: Requirements = {
  provider: null, image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null,
  labels: {},
};

/** Makes the job, or answers the one that an earlier request with the same id or key made. */
export async function submitCommand(
  deps: CommandDependencies,
  context: RequestContext,
  request: SubmitCommand,
): Promise<Result<SubmittedCommand>> {
  const { quotas, ids } = deps;
  const refused = requireRole(context.caller, 'operator');
  if (refused !== null) return refused;
  const { userId } = context.caller;
  const { idempotencyKey, id, runAt, ...said } = request;
  const repeatable = await repeatableOf(userId, 'submit-command', idempotencyKey, { ...said, id, runAt });
  const input = inputOf(said, deps.fleet.settings.defaultTimeoutMs);
  const jobId = id ?? ids.uuid();
  const problem = await problemOf(deps, context, request);
  const full = await fullProblem(deps, userId, input);
  const submission = {
    kinds: deps.kinds, context, jobId, input, runAt: runAt ?? null, repeatable, problem: problem ?? full,
  };
  return withinQuota(
    () => quotas?.admit(command.name, userId, storedBytes(input)),
    (permit) =>
      deps.writePath.run({
        ...originOf(context),
        reads: [ref.job(jobId), ...readsOfKey(repeatable), ...input.dependsOn.map(ref.job)],
        bytes: storedBytes(input),
        decide: (draft) => submit(draft, { ...submission, permit, closed: deps.closed?.() ?? null }),
      }),
    ({ isNew }) => isNew,
  );
}

interface Submission {
  readonly kinds: Kinds;
  readonly context: RequestContext;
  readonly jobId: string;
  readonly input: CommandInput;
  readonly runAt: number | null;
  readonly repeatable: Repeatable | null;
  /** Why there cannot be such a job, or null. An earlier one is answered all the same. */
  readonly problem: Refused | null;
  readonly permit: Pick<QuotaPermit, 'refusal' | 'cap'>;
  readonly closed: Refusal | null;
}

function submit(draft: Draft, submission: Submission): Result<SubmittedCommand> {
  const { kinds, context, jobId, input, runAt, repeatable, problem, permit, closed } = submission;
  const before = madeBefore(draft, repeatable);
  if (before !== null && !before.ok) return before;
  const known = draft.anyJob(before?.value ?? jobId);
  if (before !== null && known === null) {
    return refuse('not_found', 'The job created with this Idempotency-Key has been deleted: use a new key.');
  }
  if (known !== null) return repeated(known, submission, before !== null);
  if (problem !== null) return problem;
  if (closed !== null) return { ok: false, refusal: closed };
  const kept = keepTo(draft, permit);
  if (!kept.ok) return kept;
  rememberAs(draft, repeatable, jobId);
  const { caller, traceparent } = context;
  const { dependsOn } = input;
  const made = createDependent(draft, command, { kinds, caller, jobId, dependsOn }, (waitsFor) => ({
    type: 'create', ownerId: caller.userId, traceparent, input, runAt: runAt ?? draft.now, waitsFor,
  }));
  return made.ok ? ok({ job: made.value, isNew: true }) : made;
}

/** The same request under the same id is a repeat; another one contradicts it. */
function repeated(known: Job, { context, input, jobId }: Submission, byKey: boolean): Result<SubmittedCommand> {
  const isSame = known.kind === command.name && known.ownerId === context.caller.userId;
  if (byKey && isSame) return ok({ job: known as Job<CommandFields>, isNew: false });
  // Clients write the names of an object in any order.
  if (isSame && sortedJson(known.input) === sortedJson(input)) {
    return ok({ job: known as Job<CommandFields>, isNew: false });
  }
  return refuse('conflict', `Job ${jobId} already exists: omit the id, or choose another.`);
}

/** What is left out filled in. */
export function inputOf(
  request: Omit<SubmitCommand, 'id' | 'runAt' | 'idempotencyKey'>,
  defaultTimeoutMs: number,
): CommandInput {
  const { retry, requirements } = request;
  return {
    name: request.name ?? defaultName(request.command),
    description: request.description ?? null,
    command: request.command,
    arguments: request.arguments ?? [],
    script: request.script ?? null,
    environment: request.environment ?? {},
    secrets: request.secrets ?? {},
    workingDirectory: request.workingDirectory ?? null,
    stdin: request.stdin ?? null,
    requirements: { ...noRequirements, ...requirements },
    priority: request.priority ?? 0,
    timeoutMs: request.timeoutMs ?? defaultTimeoutMs,
    graceMs: request.graceMs ?? defaultGraceMs,
    startWithinMs: request.startWithinMs ?? null,
    inputs: request.inputs ?? [],
    outputs: request.outputs ?? [],
    dependsOn: [...new Set(request.dependsOn)],
    onDependencyFailure: request.onDependencyFailure ?? 'cancel',
    retry: {
      maxAttempts: retry?.maxAttempts ?? 1, backoff: retry?.backoff ?? defaultBackoff, on: retry?.on ?? 'lost',
    },
    labels: request.labels ?? {},
    tags: request.tags ?? [],
    webhookUrl: request.webhookUrl ?? null,
    scheduleId: request.scheduleId ?? null,
  };
}

/** A bucket takes what is uploaded by its URLs: that it was more than the owner's quota is seen when it is used. */
async function fullProblem(
  { quotas }: CommandDependencies,
  ownerId: string,
  { inputs }: CommandInput,
): Promise<Refused | null> {
  if (!inputs.some(({ objectKey }) => readKey(objectKey)?.type === 'upload')) return null;
  const refusal = (await quotas?.objects.exceeded(ownerId)) ?? null;
  return refusal && { ok: false, refusal };
}

type Refused = Extract<Result<never>, { ok: false }>;

/** Against what the wire's schema cannot know. */
async function problemOf(
  deps: CommandDependencies,
  { caller }: RequestContext,
  request: SubmitCommand,
): Promise<Refused | null> {
  const { fleet, providers, webhookUrlProblem, secrets, clock } = deps;
  const fields: Record<string, string> = {};
  const { maxTimeoutMs } = fleet.settings;
  if ((request.timeoutMs ?? 0) > maxTimeoutMs) fields['timeoutMs'] = `must be at most ${maxTimeoutMs}`;
  const start = startProblem(request.runAt, clock.now());
  if (start !== null) fields['runAt'] = start;
  const named = request.requirements?.provider ?? null;
  if (named !== null) {
    const isThere = (): boolean => providers.all().some(({ stored: { id, name } }) => id === named || name === named);
    if (!isThere()) await providers.refresh();
    if (!isThere()) {
      fields['requirements.provider'] = `must be a registered provider, but ${JSON.stringify(named)} is not`;
    }
  }
  const urlProblem = request.webhookUrl === undefined ? null : (webhookUrlProblem?.(request.webhookUrl) ?? null);
  if (urlProblem !== null) fields['webhookUrl'] = urlProblem;
  const missing = await secrets.missing(Object.values(request.secrets ?? {}));
  if (missing.length > 0) {
    fields['secrets'] = `must be stored first: ${missing.map((name) => JSON.stringify(name)).join(', ')}`;
  }
  Object.assign(fields, await inputProblems(deps, caller, request.inputs ?? [], request.scheduleId !== undefined));
  const problems = Object.entries(fields).map(([field, problem]) => `${field} ${problem}`);
  return problems.length === 0
    ? null
    : refuse('invalid_request', `The request is not valid: ${problems.join('; ')}.`, { fields });
}
