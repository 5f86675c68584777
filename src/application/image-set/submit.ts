import { reserve } from '../../domain/account/decide.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import { findPreset, presets } from '../../domain/kinds/image-set/concepts.ts';
import { maxItems } from '../../domain/kinds/image-set/decide.ts';
import { inputKey } from '../../domain/kinds/image-set/keys.ts';
import { imageSet } from '../../domain/kinds/image-set/kind.ts';
import type { RequestContext, SubmitImageSet, SubmittedImageSet } from '../application.ts';
import type { Dependencies } from '../dependencies.ts';
import { fingerprint } from '../fingerprint.ts';
import { originOf } from '../operation.ts';
import type { Draft } from '../write-path/draft.ts';
import { ref, type Ref } from '../write-path/refs.ts';

/** Reserves the credits and a slot, makes the job, and answers where to upload. */
export async function submitImageSet(
  deps: Dependencies,
  context: RequestContext,
  input: SubmitImageSet,
): Promise<Result<SubmittedImageSet>> {
  const problem = problemOf(input);
  if (problem !== null) return problem;
  const accountId = context.caller.userId;
  const newId = deps.ids.uuid();
  const repeatable = await idempotencyOf(accountId, input);
  const reads: Ref[] = [ref.account(accountId)];
  if (repeatable !== null) reads.push(ref.idempotency(repeatable.scope, repeatable.key));
  const created = await deps.writePath.run({
    ...originOf(context),
    reads,
    decide: (draft) => {
      const before = repeatable && draft.idempotency(repeatable.scope, repeatable.key);
      if (before) {
        return before.fingerprint === repeatable.fingerprint
          ? ok(before.resourceId)
          : refuse('idempotency_mismatch', 'This Idempotency-Key was used before with another body.');
      }
      if (repeatable) draft.remember({ ...repeatable, resourceId: newId, createdAt: draft.now });
      return create(deps, context, input, newId, draft);
    },
  });
  return created.ok ? ok(await uploadUrls(deps, accountId, created.value, input)) : created;
}

function create(
  deps: Dependencies,
  context: RequestContext,
  input: SubmitImageSet,
  jobId: string,
  draft: Draft,
): Result<string> {
  const ownerId = context.caller.userId;
  const { preset, itemCount } = input;
  if (deps.store.holdsAccounts) {
    // The id is new, so there is no reservation to be read.
    const reserved = reserve(draft.account(ownerId), null, jobId, itemCount, draft.now);
    if (!reserved.ok) return reserved;
    draft.applyAccount(reserved.value);
  }
  const { uploadTimeLimitMs } = deps.settings;
  const { traceparent } = context;
  const job = draft.createJob(imageSet, jobId, {
    type: 'create', ownerId, preset, itemCount, traceparent, uploadTimeLimitMs,
  });
  return job.ok ? ok(jobId) : job;
}

function problemOf({ preset, itemCount, files }: SubmitImageSet): ReturnType<typeof refuse> | null {
  if (findPreset(preset) === null) {
    const known = presets.map(({ name }) => name).join(', ');
    return refuse('invalid_request', `There is no preset ${JSON.stringify(preset)}: choose one of ${known}.`, {
      fields: { preset: `one of ${known}` },
    });
  }
  if (!Number.isInteger(itemCount) || itemCount < 1 || itemCount > maxItems) {
    return refuse('invalid_request', `A set has 1 to ${maxItems} items.`, { fields: { itemCount: `1 to ${maxItems}` } });
  }
  if (files !== undefined && files.length !== itemCount) {
    return refuse('invalid_request', `There are ${files.length} files for ${itemCount} items.`, {
      fields: { files: `exactly ${itemCount}` },
    });
  }
  return null;
}

async function idempotencyOf(
  ownerId: string,
  { idempotencyKey, preset, itemCount, files }: SubmitImageSet,
): Promise<{ scope: string; key: string; fingerprint: string } | null> {
  if (idempotencyKey === undefined) return null;
  const print = await fingerprint({ preset, itemCount, files: files ?? null });
  return { scope: `${encodeURIComponent(ownerId)}:submit-image-set`, key: idempotencyKey, fingerprint: print };
}

async function uploadUrls(
  { objects, settings }: Dependencies,
  ownerId: string,
  jobId: string,
  { itemCount, files }: SubmitImageSet,
): Promise<SubmittedImageSet> {
  const expiresInSeconds = Math.min(604_800, Math.ceil(settings.uploadTimeLimitMs / 1000));
  const urls = await Promise.all(
    Array.from({ length: itemCount }, async (_, idx) => {
      const key = inputKey(ownerId, jobId, idx);
      return { idx, url: await objects.presignPut(key, { expiresInSeconds, ...files?.[idx] }), key };
    }),
  );
  return { jobId, urls, confirmUrl: `${settings.publicUrl}/api/jobs/${jobId}/confirm-upload` };
}
