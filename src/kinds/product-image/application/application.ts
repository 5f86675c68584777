import { ok, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { KindRetries } from '../../../application/jobs/job-kind.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { ErrorCode } from '../domain/error-codes.ts';
import type { ProductImageJob } from '../domain/types.ts';
import { createImageIntake, type ImageIntake } from './intake.ts';
import { fullProblem, hold, knownAs } from './known-image.ts';
import { pruneImages, type Pruned } from './prune.ts';
import {
  commandOn, reportBackgrounds, reportComposite, reportSegmentation, reportShopify, seenImage, type ReportBackgrounds,
  type ReportComposite, type ReportSegmentation, type ReportShopify,
} from './reports.ts';
import type { ProductImageSettings } from './settings.ts';
import { createImageThemes, type ImageThemes } from './themes.ts';
import { urlsOf, type ObjectUrls, type WantedObject } from './urls.ts';

export interface StartedImage {
  readonly job: ProductImageJob;
  readonly original: ObjectUrls;
  readonly mask: ObjectUrls;
}

type Answer = Promise<Result<ProductImageJob>>;

/** For operators, and the orchestrators that they run. Each answers the job as it is afterwards. */
export interface ProductImages {
  start(context: RequestContext, jobId: string): Promise<Result<StartedImage>>;
  presign(context: RequestContext, jobId: string, wanted: WantedObject): Promise<Result<ObjectUrls>>;
  segmentation(context: RequestContext, jobId: string, report: ReportSegmentation): Answer;
  backgrounds(context: RequestContext, jobId: string, report: ReportBackgrounds): Answer;
  composite(context: RequestContext, jobId: string, report: ReportComposite): Answer;
  shopify(context: RequestContext, jobId: string, report: ReportShopify): Answer;
  fail(context: RequestContext, jobId: string, failure: FailImage): Answer;
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
): Required<ProductImageApplication> {
  return {
    imageIntake: createImageIntake(deps, settings),
    imageThemes: createImageThemes(settings),
    productImages: {
      start: (context, jobId) => start(deps, context, jobId),
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
      prune: (context, olderThanMs) => pruneImages(deps, context, olderThanMs),
    },
  };
}

async function start(deps: Dependencies, context: RequestContext, jobId: string): Promise<Result<StartedImage>> {
  const started = await commandOn(deps, context, jobId, { type: 'start' });
  if (!started.ok) return started;
  const [original, mask] = await Promise.all([
    urlsOf(deps, started.value, { kind: 'original' }), urlsOf(deps, started.value, { kind: 'mask' }),
  ]);
  if (!original.ok) return original;
  return mask.ok ? ok({ job: started.value, original: original.value, mask: mask.value }) : mask;
}

/** A retried image counts for its sku again, and is known again should it have been about to be removed. */
export function productImageRetries({ maxPerSku }: Pick<ProductImageSettings, 'maxPerSku'>): KindRetries {
  return {
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
