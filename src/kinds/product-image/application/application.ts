import { ok, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { KindRetries } from '../../../application/jobs/job-kind.ts';
import { originOf } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { ErrorCode } from '../domain/error-codes.ts';
import { isUploaded } from '../domain/keys.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageJob } from '../domain/types.ts';
import type { CurrentThemes } from './current-themes.ts';
import { createDerivatives, type MakeDerivatives } from './derivatives.ts';
import { announce, createImageIntake, type AnnouncedImage, type ImageIntake, type ReceivedImage } from './intake.ts';
import { coversOf, picturesOf, type Cover, type ProductPictures } from './pictures.ts';
import { fullProblem, hold, knownAs } from './known-image.ts';
import { pruneImages, type Pruned } from './prune.ts';
import {
  commandOn, reportBackgrounds, reportComposite, reportSegmentation, reportShopify, seenImage, type ReportBackgrounds,
  type ReportComposite, type ReportSegmentation, type ReportShopify,
} from './reports.ts';
import type { ProductImageSettings } from './settings.ts';
import { createImageThemes, type ImageThemes } from './themes.ts';
import type { UsualTimes } from './usual-times.ts';
import { keyOf, urlsOf, type ObjectUrls, type WantedObject } from './urls.ts';

export interface StartedImage {
  readonly job: ProductImageJob;
  readonly original: ObjectUrls;
  readonly mask: ObjectUrls;
}

export interface CreatedImage extends ReceivedImage {
  /** Where its photo goes; null where it has a URL, or has arrived. */
  readonly upload: ObjectUrls | null;
  /** Whether the pipeline does the steps. */
  readonly isPipeline: boolean;
}

type Answer = Promise<Result<ProductImageJob>>;

/** For operators, and the orchestrators that they run. Each answers the job as it is afterwards. */
export interface ProductImages {
  /** Announces an image without a webhook. */
  create(context: RequestContext, image: AnnouncedImage): Promise<Result<CreatedImage>>;
  start(context: RequestContext, jobId: string): Promise<Result<StartedImage>>;
  pictures(context: RequestContext, jobId: string): Promise<Result<ProductPictures>>;
  /** Of several jobs at once: what each is shown by in lists. */
  covers(context: RequestContext, ids: readonly string[]): Promise<Result<readonly Cover[]>>;
  presign(context: RequestContext, jobId: string, wanted: WantedObject): Promise<Result<ObjectUrls>>;
  segmentation(context: RequestContext, jobId: string, report: ReportSegmentation): Answer;
  backgrounds(context: RequestContext, jobId: string, report: ReportBackgrounds): Answer;
  composite(context: RequestContext, jobId: string, report: ReportComposite): Answer;
  shopify(context: RequestContext, jobId: string, report: ReportShopify): Answer;
  fail(context: RequestContext, jobId: string, failure: FailImage): Answer;
  /** How long each step usually takes. */
  usualTimes: UsualTimes;
  /** Smaller pictures of a job's composites or cut-out; absent where no pixels are worked on. */
  readonly derivatives?: MakeDerivatives;
  /** Removes jobs that ended so long ago. Milliseconds. */
  prune(context: RequestContext, olderThanMs: number): Promise<Result<Pruned>>;
}

export interface FailImage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly stack?: string;
}

export interface ProductImageApplication {
  /** All are absent on a server that does not serve product images. */
  readonly productImages?: ProductImages;
  readonly imageIntake?: ImageIntake;
  readonly imageThemes?: ImageThemes;
}

export function createProductImageApplication(
  deps: Dependencies,
  settings: ProductImageSettings,
  { usualTimes, themes }: { readonly usualTimes: UsualTimes; readonly themes: CurrentThemes },
): Required<ProductImageApplication> {
  return {
    imageIntake: createImageIntake(deps, settings),
    imageThemes: createImageThemes(deps, themes, settings),
    productImages: {
      create: (context, image) => create(deps, settings, context, image),
      start: (context, jobId) => start(deps, settings, context, jobId),
      pictures: (context, jobId) => picturesOf(deps, context, jobId),
      covers: async (context, ids) => ok(await coversOf(deps, context, ids)),
      presign: async (context, jobId, wanted) => {
        const found = await seenImage(deps, context, jobId);
        return found.ok ? urlsOf(deps, found.value, wanted) : found;
      },
      segmentation: (context, jobId, report) => reportSegmentation(deps, settings, context, jobId, report),
      backgrounds: (context, jobId, report) => reportBackgrounds(deps, settings, context, jobId, report),
      composite: (context, jobId, report) => reportComposite(deps, context, jobId, report),
      shopify: (context, jobId, report) => reportShopify(deps, context, jobId, report),
      fail: (context, jobId, { code, message, stack = null }) =>
        commandOn(deps, context, jobId, { type: 'fail', code, message, stack }),
      usualTimes,
      ...(settings.making && { derivatives: createDerivatives({ ...deps, ...settings.making }) }),
      prune: (context, olderThanMs) => pruneImages(deps, context, olderThanMs),
    },
  };
}

async function create(
  deps: Dependencies,
  settings: ProductImageSettings,
  context: RequestContext,
  image: AnnouncedImage,
): Promise<Result<CreatedImage>> {
  const received = await announce(deps, settings, image, originOf(context));
  if (!received.ok) return received;
  const { job } = received.value;
  const upload = await isPhotoAwaited(deps, job) ? await urlsOf(deps, job, { kind: 'original' }, true) : ok(null);
  return upload.ok ? ok({ ...received.value, upload: upload.value, isPipeline: settings.pipeline !== null }) : upload;
}

/** A job that failed because its photo did not arrive, or before it did, awaits it still: a retry is to follow. */
async function isPhotoAwaited({ objects }: Pick<Dependencies, 'objects'>, job: ProductImageJob): Promise<boolean> {
  const { state, fields } = job;
  if (!isUploaded(fields)) return false;
  if (state !== 'FAILED') return state === 'NEW';
  return fields.errorCode === 'DOWNLOAD_FAILED' || await objects.head(keyOf(job, { kind: 'original' })) === null;
}

async function start(
  deps: Dependencies,
  { pipeline }: ProductImageSettings,
  context: RequestContext,
  jobId: string,
): Promise<Result<StartedImage>> {
  const by = pipeline === null ? {} : { sagaId: deps.ids.uuid() };
  const started = await commandOn(deps, context, jobId, { type: 'start', ...by });
  if (!started.ok) return started;
  const [original, mask] = await Promise.all([
    urlsOf(deps, started.value, { kind: 'original' }), urlsOf(deps, started.value, { kind: 'mask' }),
  ]);
  if (!original.ok) return original;
  return mask.ok ? ok({ job: started.value, original: original.value, mask: mask.value }) : mask;
}

/**
 * A retried image counts for its sku again, and is known again should it have been about to be removed. The pipeline
 * goes on with it.
 */
export function productImageRetries(
  { ids }: Pick<Dependencies, 'ids'>,
  { maxPerSku, pipeline }: Pick<ProductImageSettings, 'maxPerSku' | 'pipeline'>,
): KindRetries {
  return {
    ...(pipeline !== null && {
      afterRetry: (draft, job) =>
        draft.changeJob(productImage, job as ProductImageJob, { type: 'start', sagaId: ids.uuid() }),
    }),
    beforeRetry(draft, job) {
      const { state, attempt, fields } = job as ProductImageJob;
      // What cannot be retried is refused for that reason.
      if (state !== 'FAILED' || attempt >= fields.maxAttempts) return ok(null);
      const full = fullProblem(draft, fields.sku, maxPerSku);
      if (full !== null) return full;
      const known = knownAs(fields);
      if (draft.idempotency(known.scope, known.key) === null) hold(draft, fields, job.id);
      return ok(null);
    },
  };
}
