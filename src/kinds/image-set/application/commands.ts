import { objectKeyProblem } from '../../../domain/object-key.ts';
import { ok, refuse, type Refusal, type Result } from '../../../domain/errors.ts';
import { findPreset, type Concepts } from '../domain/concepts.ts';
import { isForeignKey, itemKey } from '../domain/keys.ts';
import { usualOutput, type Output } from '../domain/output.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob, ItemResult } from '../domain/types.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { byUser, onJob, seenJob } from '../../../application/operation.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref, type Ref } from '../../../application/write-path/refs.ts';
import { missingInputs } from './inputs.ts';
import { ruleTable, type Rule } from './rule.ts';

export interface JobStatus {
  readonly jobId: string;
  readonly status: string;
}

export interface Progress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

export interface JobProgress extends JobStatus {
  readonly progress: Progress;
}

/** What became of several results that were reported together. */
export interface RecordedItems extends JobProgress {
  /** Why each was not recorded; null: it was, now or before. In the order of the reports. */
  readonly refusals: readonly (Refusal | null)[];
}

export interface ExecuteImageSet {
  /** What is not given is the rule's, or the preset's without a rule. */
  readonly concepts?: Concepts;
  readonly protect?: readonly string[];
  readonly ruleId?: string;
  readonly outputTemplate?: string;
  /** False unless given. */
  readonly force?: boolean;
  /** A PNG unless given. */
  readonly output?: Output;
}

export interface ItemResultInput {
  readonly idx: number;
  readonly status: 'done' | 'failed';
  readonly outputKey?: string;
  /** Of an item that failed: what shows why. */
  readonly previewKey?: string;
  /** Whether a preview of the photo itself was stored, where the message says. */
  readonly hasInputPreview?: boolean;
  readonly error?: string;
  readonly errorCode?: string;
  readonly confidence?: number;
  /** The key of the item's result in the contract, unless given. */
  readonly idempotencyKey?: string;
}

export interface ConfirmUpload {
  /** As many as were reserved, unless given. */
  readonly totalItems?: number;
  readonly verify?: boolean;
  /** What to execute in the same step. */
  readonly execute?: ExecuteImageSet;
}

/** `found`: as for `execute`. */
export async function confirmUpload(
  deps: Dependencies,
  context: RequestContext,
  jobId: string,
  input: ConfirmUpload,
  found?: Rule | null,
): Promise<Result<JobStatus>> {
  const { totalItems = null, execute: orders } = input;
  if (input.verify ?? deps.settings.verifyUploads) {
    const missing = await missingUploads(deps, context, jobId, totalItems);
    if (!missing.ok) return missing;
  }
  const reads = orders === undefined ? [] : readsOfOrders(orders, found);
  return onJob(deps, imageSet, jobId, { ...byUser(context), reads }, (draft, job) => {
    const confirmed = draft.changeJob(imageSet, job, { type: 'confirmUpload', totalItems });
    return confirmed.ok && orders !== undefined
      ? executeIn(draft, deps, confirmed.value, orders, found)
      : statusAfter(confirmed);
  });
}

/** Looks before the command does: what was uploaded stays uploaded. */
async function missingUploads(
  { store, objects }: Dependencies,
  context: RequestContext,
  jobId: string,
  totalItems: number | null,
): Promise<Result<null>> {
  const found = seenJob(await store.jobs.get(jobId), imageSet, jobId, context);
  if (!found.ok) return found;
  const job = found.value as ImageSetJob;
  const { itemCount } = job.fields;
  if (job.state !== 'created') return ok(null);
  const expected = Math.min(totalItems ?? itemCount, itemCount);
  const items = Array.from({ length: expected }, (_, idx) => idx);
  const missing = await missingInputs(objects, job.ownerId, { jobId, items });
  if (missing.length === 0) return ok(null);
  const message = `${missing.length} of ${expected} files are not uploaded: items ${missing.join(', ')}.`;
  return refuse('missing_uploads', message, { missing });
}

/** `found`: the rule that the input names (null: there is none), where rules are in another store than the job. */
export function execute(
  deps: Dependencies,
  context: RequestContext,
  jobId: string,
  input: ExecuteImageSet,
  found?: Rule | null,
): Promise<Result<JobStatus>> {
  const reads = readsOfOrders(input, found);
  return onJob(deps, imageSet, jobId, { ...byUser(context), reads }, (draft, job) =>
    executeIn(draft, deps, job, input, found),
  );
}

export function readsOfOrders({ ruleId }: ExecuteImageSet, found: Rule | null | undefined): readonly Ref[] {
  return ruleId === undefined || found !== undefined ? [] : [ref.record(ruleTable, [ruleId])];
}

export function executeIn(
  draft: Draft,
  { settings }: Pick<Dependencies, 'settings'>,
  job: ImageSetJob,
  input: ExecuteImageSet,
  found: Rule | null | undefined,
): Result<JobStatus> {
  const { ruleId = null, outputTemplate = null, force = false, output = usualOutput } = input;
  const findRule = (id: string): Rule | null => (found === undefined ? draft.record(ruleTable, [id]) : found);
  const wanted = conceptsOf(findRule, job, input);
  if (!wanted.ok) return wanted;
  const timeLimitMs = settings.executionTimeLimitMs;
  const how = { ruleId, outputTemplate, force, output, timeLimitMs };
  return statusAfter(draft.changeJob(imageSet, job, { type: 'execute', ...wanted.value, ...how }));
}

export function unknownRule(ruleId: string): Extract<Result<never>, { ok: false }> {
  return refuse('invalid_request', `There is no rule ${ruleId}.`, { fields: { ruleId: 'unknown' } });
}

/** What the request says; what it leaves out is said by the rule that it names, or else by the preset. */
function conceptsOf(
  findRule: (ruleId: string) => Rule | null,
  job: ImageSetJob,
  { concepts, protect, ruleId }: ExecuteImageSet,
): Result<{ readonly concepts: Concepts; readonly protect: readonly string[] }> {
  if (ruleId !== undefined) {
    const rule = findRule(ruleId);
    if (rule === null || rule.accountId !== job.ownerId) return unknownRule(ruleId);
    return ok({ concepts: concepts ?? rule.concepts, protect: protect ?? rule.protect });
  }
  const preset = findPreset(job.fields.preset);
  return ok({ concepts: concepts ?? preset?.concepts ?? {}, protect: protect ?? preset?.protect ?? [] });
}

/** From a worker: at least once, in any order, possibly twice, possibly after the end. */
export async function recordItemResult(
  deps: Dependencies,
  jobId: string,
  input: ItemResultInput,
  correlationId: string,
): Promise<Result<JobProgress>> {
  const recorded = await recordItemResults(deps, jobId, [input], correlationId);
  if (!recorded.ok) return recorded;
  const { refusals: [refusal = null], ...progress } = recorded.value;
  return refusal === null ? ok(progress) : { ok: false, refusal };
}

/** Each by itself, in one step. */
export function recordItemResults(
  deps: Dependencies,
  jobId: string,
  inputs: readonly ItemResultInput[],
  correlationId: string,
): Promise<Result<RecordedItems>> {
  const by = { origin: { actor: 'worker', correlationId }, admits: () => true };
  return onJob(deps, imageSet, jobId, by, (draft, before) => {
    let job: ImageSetJob = before;
    const refusals: (Refusal | null)[] = [];
    for (const input of inputs) {
      const problem =
        keyProblem(job, 'output_key', input.outputKey) ?? keyProblem(job, 'preview_key', input.previewKey);
      const after: Result<ImageSetJob> =
        problem ?? draft.changeJob(imageSet, job, { type: 'recordItemResult', result: resultOf(jobId, input) });
      // For the state of the set, which none of the others will find otherwise.
      if (!after.ok && after.refusal.code === 'conflict') return after;
      refusals.push(after.ok ? null : after.refusal);
      if (after.ok) job = after.value;
    }
    return ok({ jobId, status: job.state, progress: progressOf(job), refusals });
  });
}

function resultOf(
  jobId: string,
  input: ItemResultInput,
): ItemResult {
  const { idx, status, outputKey, previewKey, hasInputPreview, error, errorCode, confidence, idempotencyKey } = input;
  const done = status === 'done';
  return {
    idx,
    status,
    outputKey: done ? (outputKey ?? null) : null,
    previewKey: previewKey ?? null,
    ...(hasInputPreview === true && { hasInputPreview }),
    error: done ? null : (error ?? 'The worker gave no reason.'),
    errorCode: done ? null : (errorCode ?? null),
    ...(confidence !== undefined && { confidence }),
    idempotencyKey: idempotencyKey ?? itemKey(jobId, idx),
  };
}

function keyProblem(job: ImageSetJob, field: string, key: string | undefined): ReturnType<typeof refuse> | null {
  if (key === undefined) return null;
  const problem = isForeignKey(key, job.ownerId, job.id) ? "it belongs to another job" : objectKeyProblem(key);
  return problem === null
    ? null
    : refuse('invalid_request', `${field} is not valid: ${problem}.`, { fields: { [field]: problem } });
}

function statusAfter(after: Result<ImageSetJob>): Result<JobStatus> {
  return after.ok ? ok({ jobId: after.value.id, status: after.value.state }) : after;
}

function progressOf({ fields: { done, failed, total, itemCount } }: Pick<ImageSetJob, 'fields'>): Progress {
  return { done, failed, total: total ?? itemCount };
}
