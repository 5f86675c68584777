import type { Refusal } from '../../../domain/errors.ts';
import { refuse } from '../../../domain/errors.ts';
import { neverForgotten } from '../../../ports/store/commit.ts';
import { counters } from '../../../ports/store/counters.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { imageCounter } from '../domain/decide.ts';
import type { ProductImageFields } from '../domain/types.ts';

type Image = Pick<ProductImageFields, 'sku' | 'imageSha256' | 'theme'>;

/** Under which record the job of an image is known as long as there is one. */
export function knownAs({ sku, imageSha256, theme }: Image): { readonly scope: string; readonly key: string } {
  // Of the three, a sku alone may have any character.
  return { scope: 'product-image', key: `${imageSha256} ${theme} ${sku}` };
}

export function hold(draft: Draft, image: Image, jobId: string): void {
  draft.remember({ ...knownAs(image), fingerprint: '', resourceId: jobId, createdAt: neverForgotten });
}

export function countedFor(sku: string) {
  return { kind: imageCounter, scope: sku, key: '' };
}

/** Why the sku can have no other image that has not failed, or null. */
export function fullProblem(
  draft: Draft,
  sku: string,
  maxImages: number,
): { readonly ok: false; readonly refusal: Refusal } | null {
  const taken = draft.record(counters, [imageCounter, sku, ''])?.value ?? 0;
  if (taken < maxImages) return null;
  const message = `The sku ${sku} has ${taken} images that have not failed, and may have ${maxImages}.`;
  return refuse('limit_reached', message, { sku, maxImages });
}
