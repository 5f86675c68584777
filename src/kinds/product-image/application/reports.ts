import { InvariantViolation, ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { seesJob } from '../../../application/jobs/scopes.ts';
import { onJob, originOf, otherKind, unknownJob } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import { microUsdOf } from '../domain/costs.ts';
import { reportProblem } from '../domain/decide.ts';
import { backgroundKey, maskKey, reportedKeyProblem } from '../domain/keys.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageCommand, ProductImageJob, StepResult } from '../domain/types.ts';
import { fetchImage, storeImage, type FetchedImage } from './fetched.ts';
import type { ProductImageSettings } from './settings.ts';
import { learnTimes } from './usual-times.ts';

interface Paid {
  /** US dollars with at most six decimals; 0 if left out. */
  readonly cost?: number;
}

/** Of what may be given as a key or a URL, one is. */
export interface ReportSegmentation extends Paid {
  readonly maskKey?: string;
  readonly maskUrl?: string;
  readonly providerJobId?: string;
  readonly confidence?: number;
  readonly provider?: string;
}

export interface ReportBackgrounds extends Paid {
  readonly bgKeys?: readonly string[];
  readonly bgUrls?: readonly string[];
  readonly providerJobIds?: readonly string[];
  readonly provider?: string;
}

export interface ReportComposite extends Paid {
  readonly composites: readonly string[];
  readonly thumbs?: readonly string[];
}

export interface ReportShopify extends Paid {
  readonly mediaIds: readonly string[];
  readonly productId?: string;
}

type Deps = Pick<Dependencies, 'writePath' | 'kinds' | 'store' | 'objects' | 'settings'>;
type Answer = Promise<Result<ProductImageJob>>;

/** Says a command to a product image that the caller sees, if nothing is wrong with it. */
export function commandOn(
  deps: Pick<Dependencies, 'writePath' | 'kinds'>,
  context: RequestContext,
  jobId: string,
  command: ProductImageCommand,
  check: (job: ProductImageJob) => Result<null> = () => ok(null),
): Answer {
  const sees = (job: Parameters<typeof seesJob>[2]): boolean => seesJob(deps.kinds, context.caller, job);
  return onJob(deps, productImage, jobId, { origin: originOf(context), admits: sees, sees }, (draft, job) => {
    const checked = check(job);
    if (!checked.ok) return checked;
    const after = draft.changeJob(productImage, job, command);
    if (after.ok) learnTimes(draft, job, after.value);
    return after;
  });
}

/** The job as it is now, for what has to be known before the command. */
export async function seenImage(
  { store, kinds }: Pick<Dependencies, 'store' | 'kinds'>,
  { caller }: RequestContext,
  jobId: string,
): Answer {
  const job = await store.jobs.get(jobId);
  if (job === null || !seesJob(kinds, caller, job)) return unknownJob(jobId);
  return job.kind === productImage.name ? ok(job as ProductImageJob) : otherKind(job, productImage.name);
}

export async function reportSegmentation(
  deps: Deps,
  settings: ProductImageSettings,
  context: RequestContext,
  jobId: string,
  given: ReportSegmentation,
): Answer {
  const { providerJobId: segmentJobId = null, provider: segmentProvider = null, confidence, cost } = given;
  const keys = given.maskUrl === undefined
    ? ok([given.maskKey ?? ''])
    : await storedKeys(deps, settings, context, jobId, {
        step: 'segmentation', field: 'maskUrl', urls: [given.maskUrl], allowed: ['png'], keyOf: (job) => maskKey(job),
      });
  if (!keys.ok) return keys;
  const [key = ''] = keys.value;
  const sure = confidence === undefined ? {} : { segmentConfidence: confidence };
  const result = { step: 'segmentation', maskKey: key, segmentJobId, segmentProvider, ...sure } as const;
  return report(deps, context, jobId, result, cost, [['maskKey', 'mask', [key]]]);
}

export async function reportBackgrounds(
  deps: Deps,
  settings: ProductImageSettings,
  context: RequestContext,
  jobId: string,
  given: ReportBackgrounds,
): Answer {
  const { providerJobIds: bgJobIds = null, provider: bgProvider = null, cost } = given;
  const keys = given.bgUrls === undefined
    ? ok(given.bgKeys ?? [])
    : await storedKeys(deps, settings, context, jobId, {
        step: 'backgrounds', field: 'bgUrls', urls: given.bgUrls, allowed: ['jpg', 'png', 'webp'],
        keyOf: (job, at, { extension }) => backgroundKey(job, at + 1, extension),
      });
  if (!keys.ok) return keys;
  const result = { step: 'backgrounds', bgKeys: keys.value, bgJobIds, bgProvider } as const;
  return report(deps, context, jobId, result, cost, [['bgKeys', 'bg', keys.value]]);
}

export function reportComposite(
  deps: Deps,
  context: RequestContext,
  jobId: string,
  { composites, thumbs, cost }: ReportComposite,
): Answer {
  const result = { step: 'composite', compositeKeys: composites, thumbKeys: thumbs ?? null } as const;
  return report(deps, context, jobId, result, cost, [
    ['composites', 'composite', composites], ['thumbs', 'thumb', thumbs ?? []],
  ]);
}

export function reportShopify(
  deps: Deps,
  context: RequestContext,
  jobId: string,
  { mediaIds, productId, cost }: ReportShopify,
): Answer {
  const result = { step: 'shopify', shopifyMediaIds: mediaIds, shopifyProductId: productId ?? null } as const;
  return report(deps, context, jobId, result, cost, []);
}

type Keys = readonly [field: string, kind: Parameters<typeof reportedKeyProblem>[0], keys: readonly string[]];

function report(
  deps: Deps,
  context: RequestContext,
  jobId: string,
  result: StepResult,
  cost: number | undefined,
  reported: readonly Keys[],
): Answer {
  const microUsd = microUsdOf(cost ?? 0);
  if (microUsd === null) throw new InvariantViolation(`a cost of ${cost} US dollars`);
  return commandOn(deps, context, jobId, { type: 'report', result, microUsd }, ({ fields }) => {
    for (const [field, kind, keys] of reported) {
      for (const key of keys) {
        const problem = reportedKeyProblem(kind, fields, key);
        if (problem === null) continue;
        return refuse('invalid_request', `${field} is not valid: it ${problem}.`, { fields: { [field]: problem } });
      }
    }
    return ok(null);
  });
}

interface Fetching {
  readonly step: StepResult['step'];
  readonly field: string;
  readonly urls: readonly string[];
  readonly allowed: readonly FetchedImage['extension'][];
  readonly keyOf: (image: ProductImageJob['fields'], at: number, fetched: FetchedImage) => string;
}

/**
 * Fetches all and stores them under the keys of the contract, if the job awaits the step. What was fetched for a step
 * that is recorded is not fetched again: the keys are then those that are recorded.
 */
async function storedKeys(
  deps: Deps,
  { files }: ProductImageSettings,
  context: RequestContext,
  jobId: string,
  { step, field, urls, allowed, keyOf }: Fetching,
): Promise<Result<readonly string[]>> {
  const found = await seenImage(deps, context, jobId);
  if (!found.ok) return found;
  const { fields } = found.value;
  const problem = reportProblem(found.value, step);
  const recorded = step === 'segmentation' ? [fields.maskKey] : (fields.bgKeys ?? []);
  const isRepeat = recorded.length === urls.length && recorded.every((key) => key !== null);
  if (problem !== null) return isRepeat ? ok(recorded as readonly string[]) : problem;
  const limits = { files, maxBytes: deps.settings.maxUploadBytes };
  const fetched: FetchedImage[] = [];
  for (const [at, url] of urls.entries()) {
    const name = step === 'segmentation' ? field : `${field}.${at}`;
    const image = await fetchImage(limits, name, url, allowed);
    if (!image.ok) return image;
    fetched.push(image.value);
  }
  return ok(await Promise.all(fetched.map((image, at) => storeImage(deps, keyOf(fields, at, image), image))));
}
