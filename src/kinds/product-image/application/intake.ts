import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { counterRef } from '../../../application/write-path/counting.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageJob } from '../domain/types.ts';
import { countedFor, fullProblem, hold, knownAs } from './known-image.ts';
import { shopOwner, type ProductImageSettings } from './settings.ts';
import { signatureCheck, type VerifySignature } from './signature.ts';

export interface ReceiveImage {
  readonly sku: string;
  readonly imageUrl: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** The server's default if left out. */
  readonly theme?: string;
}

export interface ReceivedImage {
  readonly job: ProductImageJob;
  /** False: an earlier webhook made it. */
  readonly isNew: boolean;
}

/** Takes what suppliers announce. */
export interface ImageIntake {
  readonly verifySignature: VerifySignature;
  receive(image: ReceiveImage, correlationId: string): Promise<Result<ReceivedImage>>;
}

export function createImageIntake(deps: Dependencies, settings: ProductImageSettings): ImageIntake {
  return {
    verifySignature: signatureCheck(settings.secrets),
    receive: (image, correlationId) => receive(deps, settings, image, correlationId),
  };
}

async function receive(
  { writePath, ids, closed }: Dependencies,
  settings: ProductImageSettings,
  { sku, imageUrl, sha256: imageSha256, theme = settings.defaultTheme }: ReceiveImage,
  correlationId: string,
): Promise<Result<ReceivedImage>> {
  const { themes, maxPerSku, maxRetries: maxAttempts, timeLimitMs } = settings;
  if (themes !== null && !themes.includes(theme)) {
    const problem = `must be one of ${themes.join(', ')}`;
    return refuse('invalid_request', `The theme ${JSON.stringify(theme)} ${problem}.`, { fields: { theme: problem } });
  }
  const image = { sku, imageSha256, theme };
  const known = knownAs(image);
  const [jobId, refused] = [ids.uuid(), closed?.() ?? null];
  const create = {
    type: 'create', ownerId: shopOwner, traceparent: null, ...image, imageUrl, maxAttempts, timeLimitMs,
  } as const;
  return writePath.run({
    actor: 'webhook',
    correlationId,
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
      return made.ok ? ok({ job: made.value, isNew: true }) : made;
    },
  });
}
