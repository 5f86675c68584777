import { ok, type Result } from '../../../domain/errors.ts';
import { placeOf } from '../../../domain/job/id.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { originOf } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import { addPlaces, givePlaces } from '../../../application/write-path/counting.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { keyPrefixes } from '../domain/keys.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageFields, ProductImageJob } from '../domain/types.ts';
import { countedFor, knownAs } from './known-image.ts';

export interface Pruned {
  readonly jobs: number;
  readonly objects: number;
  /** Whether there may be more to remove. */
  readonly more: boolean;
}

type Deps = Pick<Dependencies, 'store' | 'writePath' | 'objects' | 'clock'>;

/** Of one request: each job is several reads of the object store. */
const mostPruned = 100;
const pageSize = 200;
const scopes = [{ kind: productImage.name, ownerId: null }];

/**
 * Removes jobs that ended more than `olderThanMs` ago, with what only they have in the object store.
 * A job whose removal is cut short is removed the next time.
 */
export async function pruneImages(deps: Deps, context: RequestContext, olderThanMs: number): Promise<Result<Pruned>> {
  const before = deps.clock.now() - olderThanMs;
  const old = await endedBefore(deps, before, mostPruned + 1);
  let [jobs, objects] = [0, 0];
  for (const job of old.slice(0, mostPruned)) {
    const forgotten = await forget(deps, context, job.id, before);
    if (!forgotten.ok) return forgotten;
    if (!forgotten.value) continue;
    objects += await removeObjects(deps, job);
    jobs += (await deps.store.retention.removeJobs([job.id])).length;
  }
  return ok({ jobs, objects, more: old.length > mostPruned && jobs > 0 });
}

type Pruning = Pick<ProductImageJob, 'id' | 'fields'>;

/** A job that ended before a time was made before it. */
async function endedBefore({ store }: Deps, before: number, most: number): Promise<readonly Pruning[]> {
  const found: Pruning[] = [];
  for (const state of ['DONE', 'FAILED']) {
    for (let cursor: string | undefined; found.length < most; ) {
      const page = await store.jobs.list({
        scopes, state, createdBefore: before, limit: pageSize, ...(cursor !== undefined && { before: cursor }),
        // All of its keys.
        whole: true,
      });
      const old = page.filter(({ endedAt }) => endedAt !== null && endedAt < before);
      found.push(...old.map(({ id, fields }) => ({ id, fields: fields as ProductImageFields })));
      const last = page.at(-1);
      if (last !== undefined) cursor = placeOf(last);
      if (page.length < pageSize) break;
    }
  }
  return found.slice(0, most);
}

/**
 * The image may be announced anew, and no longer counts for its sku. False: it was retried meanwhile. The counter
 * changes even for a failed image, which it does not count: a retry at the same moment is then decided again.
 */
function forget(
  { writePath }: Deps,
  context: RequestContext,
  jobId: string,
  before: number,
): Promise<Result<boolean>> {
  return writePath.run({
    ...originOf(context),
    reads: [ref.job(jobId)],
    decide(draft: Draft): Result<boolean> {
      const job = draft.job(productImage, jobId);
      if (job === null || job.endedAt === null || job.endedAt >= before) return ok(false);
      const known = knownAs(job.fields);
      if (draft.idempotency(known.scope, known.key)?.resourceId !== jobId) return ok(true);
      draft.release({ ...known, resourceId: jobId });
      const counted = countedFor(job.fields.sku);
      if (job.state === 'DONE') givePlaces(draft, counted, 1);
      else addPlaces(draft, counted, 0);
      return ok(true);
    },
  });
}

/** Answers how many there were. */
async function removeObjects({ store, objects }: Deps, { id, fields }: Pruning): Promise<number> {
  const others = await othersOf(store, id, fields.sku);
  const used = new Set(others.flatMap(keysOf));
  const { shared, own } = keyPrefixes(fields);
  const isShared = others.some(({ imageSha256 }) => imageSha256 === fields.imageSha256);
  const keys = new Set(keysOf(fields));
  for (const prefix of isShared ? own : [...shared, ...own]) {
    for (let cursor: string | undefined; ; ) {
      const page = await objects.list(prefix, cursor === undefined ? {} : { cursor });
      for (const { key } of page.objects) keys.add(key);
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
  }
  const there: string[] = [];
  for (const key of keys) {
    const isOthers = used.has(key) || (isShared && shared.some((prefix) => key.startsWith(prefix)));
    if (!isOthers && (await objects.head(key)) !== null) there.push(key);
  }
  if (there.length > 0) await objects.delete(there);
  return there.length;
}

async function othersOf(
  store: Deps['store'],
  jobId: string,
  sku: string,
): Promise<readonly ProductImageFields[]> {
  const others: ProductImageFields[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.jobs.list({
      scopes, labels: { sku }, limit: pageSize, whole: true, ...(cursor !== undefined && { before: cursor }),
    });
    for (const { id, fields } of page) if (id !== jobId) others.push(fields as ProductImageFields);
    if (page.length < pageSize) return others;
    const last = page.at(-1);
      if (last !== undefined) cursor = placeOf(last);
  }
}

function keysOf(fields: ProductImageFields): readonly string[] {
  const { originalKey, maskKey, bgKeys, compositeKeys, thumbKeys } = fields;
  const single = [originalKey, maskKey].filter((key) => key !== null);
  return [...single, ...(bgKeys ?? []), ...(compositeKeys ?? []), ...(thumbKeys ?? [])];
}
