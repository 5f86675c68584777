import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { Origin } from '../../../application/operation.ts';
import { counterRef } from '../../../application/write-path/counting.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { originalKey, type ImageExtension } from '../domain/keys.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageJob } from '../domain/types.ts';
import { countedFor, fullProblem, hold, knownAs } from './known-image.ts';
import { shopOwner, type ProductImageSettings } from './settings.ts';
import { signatureCheck, type VerifySignature } from './signature.ts';

export interface AnnouncedImage {
  readonly sku: string;
  /** Where the photo is, http or https; or what its name is to end in where it will be uploaded. */
  readonly photo: { readonly url: string } | { readonly uploadAs: ImageExtension };
  /** Lower-case hex. */
  readonly sha256: string;
  /** The server's default if left out. */
  readonly theme?: string;
}

export interface ReceivedImage {
  readonly job: ProductImageJob;
  /** False: it was announced before. */
  readonly isNew: boolean;
}

/** Takes what suppliers announce. */
export interface ImageIntake {
  readonly verifySignature: VerifySignature;
  receive(image: AnnouncedImage, correlationId: string): Promise<Result<ReceivedImage>>;
}

export function createImageIntake(deps: Dependencies, settings: ProductImageSettings): ImageIntake {
  return {
    verifySignature: signatureCheck(settings.secrets),
    receive: (image, correlationId) => announce(deps, settings, image, { actor: 'webhook', correlationId }),
  };
}

/** One job for each image. The pipeline begins it at once, unless its photo has to be uploaded before. */
export async function announce(
  { writePath, ids, closed, objects }: Pick<Dependencies, 'writePath' | 'ids' | 'closed' | 'objects'>,
  settings: ProductImageSettings,
  { sku, photo, sha256: imageSha256, theme = settings.defaultTheme }: AnnouncedImage,
  origin: Origin,
): Promise<Result<ReceivedImage>> {
  const { themes, maxPerSku, maxRetries: maxAttempts, timeLimitMs, pipeline } = settings;
  if (themes !== null && !themes.includes(theme)) {
    const problem = `must be one of ${themes.join(', ')}`;
    return refuse('invalid_request', `The theme ${JSON.stringify(theme)} ${problem}.`, { fields: { theme: problem } });
  }
  const image = { sku, imageSha256, theme };
  const known = knownAs(image);
  const [jobId, sagaId, refused] = [ids.uuid(), ids.uuid(), closed?.() ?? null];
  const imageUrl = 'url' in photo ? photo.url : objects.uri(originalKey(image, photo.uploadAs));
  const create = {
    type: 'create', ownerId: shopOwner, traceparent: null, ...image, imageUrl, maxAttempts, timeLimitMs,
  } as const;
  return writePath.run({
    ...origin,
    reads: [ref.idempotency(known.scope, known.key), counterRef(countedFor(sku))],
    decide(draft: Draft): Result<ReceivedImage> {
      const before = draft.idempotency(known.scope, known.key);
      const first = before === null ? null : draft.job(productImage, before.resourceId);
      if (first !== null) return ok({ job: first, isNew: false });
      if (refused !== null) return { ok: false, refusal: refused };
      const full = fullProblem(draft, sku, maxPerSku);
      if (full !== null) return full;
      if (before !== null) draft.release({ ...known, resourceId: before.resourceId });
      hold(draft, image, jobId);
      const made = draft.createJob(productImage, jobId, create);
      const begun = made.ok && pipeline !== null && 'url' in photo
        ? draft.changeJob(productImage, made.value, { type: 'start', sagaId })
        : made;
      return begun.ok ? ok({ job: begun.value, isNew: true }) : begun;
    },
  });
}
