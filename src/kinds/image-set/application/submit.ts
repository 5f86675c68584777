import { type Repeatable, readsOfKey, madeBefore, rememberAs, repeatableOf } from '../../../application/repeatable.ts';
import { reserve } from '../../../domain/account/decide.ts';
import { ok, refuse, type Refusal, type Result } from '../../../domain/errors.ts';
import { timeOfId } from '../../../domain/job/id.ts';
import { findPreset, presets } from '../domain/concepts.ts';
import { maxItems } from '../domain/decide.ts';
import type { FoundInputs } from '../domain/inputs.ts';
import { inputKey } from '../domain/keys.ts';
import { imageSet } from '../domain/kind.ts';
import type { InputSource } from '../domain/types.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { originOf } from '../../../application/operation.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref, type Ref } from '../../../application/write-path/refs.ts';
import type { QuotaPermit } from '../../../application/quotas/job-quota.ts';
import type { OwnerQuotas } from '../../../application/quotas/quotas.ts';
import { keepTo, withinQuota } from '../../../application/quotas/within-quota.ts';
import { executeIn, readsOfOrders, type ExecuteImageSet } from './commands.ts';
import type { FindInputs } from './inputs.ts';
import type { Rule } from './rule.ts';

export interface SubmitImageSet {
  readonly preset: string;
  /** Needed unless `inputsFrom` is given; then as many as are taken from there, if it is given at all. */
  readonly itemCount?: number;
  /** One's own set whose photos are to be used again, all of them or those at `items`, in that order. */
  readonly inputsFrom?: string;
  readonly items?: readonly number[];
  /** Binds each upload's type and length into its URL, and says what its file is called; as many as `itemCount`. */
  readonly files?: readonly {
    readonly name?: string;
    readonly contentType?: string;
    readonly contentLength?: number;
  }[];
  readonly idempotencyKey?: string;
  /** What to execute at once; only with `inputsFrom`. */
  readonly execute?: ExecuteImageSet;
}

export interface SubmittedImageSet {
  readonly jobId: string;
  /** As it was made. */
  readonly status: 'created' | 'uploaded' | 'queued';
  readonly urls: readonly { readonly idx: number; readonly url: string; readonly key: string }[];
  /** Null where nothing is to be uploaded. */
  readonly confirmUrl: string | null;
}

/** What a request wants made, and by which names. */
export interface Submission {
  /** The id of the job, if it is made now. */
  readonly jobId: string;
  readonly preset: string;
  readonly itemCount: number;
  /** The photos of another set; null where they are to be uploaded. */
  readonly inputs: InputSource | null;
  /** What the photos are called, by item; empty where nobody said. */
  readonly names: readonly string[];
  /** Absent: it is not executed yet. */
  readonly execute?: ExecuteImageSet;
  /** The rule that `execute` names, null if there is none; absent where rules are in the same store. */
  readonly rule?: Rule | null;
  /** Null when the request came without an Idempotency-Key. */
  readonly repeatable: Repeatable | null;
  /** Why no job may be made now, or null; an earlier one is answered all the same. */
  readonly refused?: Refusal | null;
}

/**
 * Reserves the credits and a slot, and makes the job; answers its id, or that of the job that the same
 * request made before. `beginHere` where one store holds both sides, `beginApart` where each has its own.
 */
export type Begin = (context: RequestContext, submission: Submission) => Promise<Result<string>>;

/** Makes the job and answers where to upload. */
export async function submitImageSet(
  deps: Pick<Dependencies, 'ids' | 'objects' | 'settings' | 'clock' | 'closed'>,
  begin: Begin,
  find: FindInputs,
  context: RequestContext,
  input: SubmitImageSet,
): Promise<Result<SubmittedImageSet>> {
  const problem = problemOf(input, deps.settings.maxUploadBytes);
  if (problem !== null) return problem;
  const accountId = context.caller.userId;
  const { preset, inputsFrom, items } = input;
  const repeatable = await idempotencyOf(accountId, input);
  // A repeat of what was made is answered even when its photos have gone since: so this is no refusal yet.
  const found = inputsFrom === undefined ? null : asMany(await find(context, inputsFrom, items), input.itemCount);
  const source = found?.ok ? found.value : null;
  const inputs = source && { jobId: source.jobId, items: source.items };
  const names = source?.names ?? namesOf(input.files);
  const refused = deps.closed?.() ?? (found?.ok === false ? found.refusal : null);
  const itemCount = inputs?.items.length ?? input.itemCount ?? 0;
  const execute = input.execute === undefined ? {} : { execute: input.execute };
  const wanted = { jobId: deps.ids.uuid(), preset, itemCount, inputs, names, ...execute };
  const begun = await begin(context, { ...wanted, repeatable, refused });
  if (!begun.ok) return begun;
  const status = input.execute === undefined ? 'uploaded' : 'queued';
  if (found !== null) return ok({ jobId: begun.value, status, urls: [], confirmUrl: null });
  return ok(await uploadUrls(deps, accountId, begun.value, itemCount, input.files));
}

/** None where nobody said any. */
function namesOf(files: SubmitImageSet['files'] = []): readonly string[] {
  const names = files.map(({ name = '' }) => name);
  return names.some((name) => name !== '') ? names : [];
}

/** Whoever says how many items there are gets as many, or none. */
function asMany(inputs: Result<FoundInputs>, itemCount: number | undefined): Result<FoundInputs> {
  if (!inputs.ok || itemCount === undefined || itemCount === inputs.value.items.length) return inputs;
  const found = inputs.value.items.length;
  const message = `itemCount is ${itemCount}, but there are ${found} photos: the numbers must match.`;
  return refuse('invalid_request', message, {
    fields: { itemCount: `${found}, or left out` },
  });
}

/** In one commit. */
export function beginHere(deps: Pick<Dependencies, 'writePath' | 'settings' | 'quotas' | 'plans'>): Begin {
  return withinSetQuota(deps.quotas, async (context, submission, permit) => {
    await deps.plans?.refresh();
    return deps.writePath.run({
      ...originOf(context),
      reads: [...readsOf(context, submission), ...readsOfExecution(submission)],
      decide: (draft) => {
        const before = repeated(draft, submission);
        if (before !== null) return before;
        const reserved = reserveIn(draft, context.caller.userId, submission);
        if (!reserved.ok) return reserved;
        const kept = keepTo(draft, permit);
        return kept.ok ? createIn(draft, deps, context, submission) : kept;
      },
    });
  });
}

/** `begin` is told, as why no job may be made now, when one more set or its photos have no room. */
export function withinSetQuota(
  quotas: OwnerQuotas | undefined,
  begin: (context: RequestContext, submission: Submission, permit: QuotaPermit) => Promise<Result<string>>,
): Begin {
  return (context, submission) => {
    const { userId } = context.caller;
    return withinQuota(
      () => quotas?.admit(imageSet.name, userId, 0),
      async (permit) => {
        const refused = submission.refused ?? permit.refusal ?? (await quotas?.objects.problem(userId, 1)) ?? null;
        return begin(context, { ...submission, refused }, permit);
      },
      (jobId) => jobId === submission.jobId,
    );
  };
}

export function readsOf({ caller }: RequestContext, { repeatable }: Submission): Ref[] {
  return [ref.account(caller.userId), ...readsOfKey(repeatable)];
}

export function readsOfExecution({ execute, rule }: Submission): readonly Ref[] {
  return execute === undefined ? [] : readsOfOrders(execute, rule);
}

/** The answer to a request that came before, or null: then it is remembered. */
export function repeated(draft: Draft, { jobId, repeatable }: Submission): Result<string> | null {
  const before = madeBefore(draft, repeatable);
  if (before === null) rememberAs(draft, repeatable, jobId);
  return before;
}

export function reserveIn(
  draft: Draft,
  accountId: string,
  { jobId, itemCount, refused }: Submission,
): Result<string> {
  if (refused) return { ok: false, refusal: refused };
  // The id is new, so there is no reservation to be read.
  const reserved = reserve(draft.account(accountId), null, jobId, itemCount, draft.now, draft.plans);
  if (!reserved.ok) return reserved;
  draft.applyAccount(reserved.value);
  return ok(jobId);
}

export function createIn(
  draft: Draft,
  deps: Pick<Dependencies, 'settings'>,
  { caller, traceparent }: RequestContext,
  { jobId, preset, itemCount, inputs, names, refused, execute, rule }: Submission,
): Result<string> {
  if (refused) return { ok: false, refusal: refused };
  const { uploadTimeLimitMs } = deps.settings;
  const job = draft.createJob(imageSet, jobId, {
    type: 'create', ownerId: caller.userId, preset, itemCount, traceparent, uploadTimeLimitMs,
    ...(inputs !== null && { inputs }), ...(names.length > 0 && { names }),
  });
  if (!job.ok) return job;
  const executed = execute === undefined ? job : executeIn(draft, deps, job.value, execute, rule);
  return executed.ok ? ok(jobId) : executed;
}

function problemOf(
  { preset, itemCount, inputsFrom, items, files }: SubmitImageSet,
  maxUploadBytes: number,
): ReturnType<typeof refuse> | null {
  if (findPreset(preset) === null) {
    const known = presets.map(({ name }) => name).join(', ');
    return refuse('invalid_request', `There is no preset ${JSON.stringify(preset)}: choose one of ${known}.`, {
      fields: { preset: `one of ${known}` },
    });
  }
  if (inputsFrom !== undefined) {
    if (items !== undefined && (items.length < 1 || items.length > maxItems || new Set(items).size < items.length)) {
      return refuse('invalid_request', `List 1 to ${maxItems} items, each only once.`, {
        fields: { items: `1 to ${maxItems}, each once` },
      });
    }
    return null;
  }
  if (itemCount === undefined || !Number.isInteger(itemCount) || itemCount < 1 || itemCount > maxItems) {
    const allowed = `1 to ${maxItems}`;
    return refuse('invalid_request', `A set must have ${allowed} items.`, { fields: { itemCount: allowed } });
  }
  if (files !== undefined && files.length !== itemCount) {
    const message = `itemCount is ${itemCount}, but there are ${files.length} files: the numbers must match.`;
    return refuse('invalid_request', message, {
      fields: { files: `exactly ${itemCount}` },
    });
  }
  const large = files?.findIndex(({ contentLength }) => (contentLength ?? 0) > maxUploadBytes) ?? -1;
  if (large !== -1) {
    const field = `files.${large}.contentLength`;
    return refuse('invalid_request', `File ${large} is too large: the limit is ${maxUploadBytes} bytes.`, {
      fields: { [field]: `at most ${maxUploadBytes}` },
    });
  }
  return null;
}

function idempotencyOf(
  ownerId: string,
  { idempotencyKey, preset, itemCount, files, inputsFrom, items, execute }: SubmitImageSet,
): Promise<Repeatable | null> {
  const again = inputsFrom === undefined ? {} : { inputsFrom, items: items ?? null, ...(execute && { execute }) };
  const request = { preset, itemCount: itemCount ?? null, files: files ?? null, ...again };
  return repeatableOf(ownerId, 'submit-image-set', idempotencyKey, request);
}

/** Good for as long as the set may wait for its photos: those of a repeated request end with those of the first. */
async function uploadUrls(
  { objects, settings, clock }: Pick<Dependencies, 'objects' | 'settings' | 'clock'>,
  ownerId: string,
  jobId: string,
  itemCount: number,
  files: SubmitImageSet['files'],
): Promise<SubmittedImageSet> {
  const ageMs = Math.max(0, clock.now() - timeOfId(jobId));
  const leftMs = Math.max(1_000, settings.uploadTimeLimitMs - ageMs);
  const expiresInSeconds = Math.min(604_800, Math.ceil(leftMs / 1000));
  const urls = await Promise.all(
    Array.from({ length: itemCount }, async (_, idx) => {
      const key = inputKey(ownerId, jobId, idx);
      const { name, ...bound } = files?.[idx] ?? {};
      return { idx, url: await objects.presignPut(key, { expiresInSeconds, ...bound }), key };
    }),
  );
  return { jobId, status: 'created', urls, confirmUrl: `${settings.publicUrl}/api/jobs/${jobId}/confirm-upload` };
}
