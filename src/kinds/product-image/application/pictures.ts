import { ok, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { foundOf } from '../../../application/found-of.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Aspect } from '../../../domain/scene.ts';
import { compositeOf, cutOutKey, thumbKey } from '../domain/keys.ts';
import type { ProductImageFields } from '../domain/types.ts';
import { seenImage } from './reports.ts';

export interface Picture {
  readonly key: string;
  readonly url: string;
}

export interface ProductPictures {
  readonly original: Picture | null;
  readonly cutout: Picture | null;
  readonly backgrounds: readonly (Picture & { readonly variant: number })[];
  readonly composites: readonly (Picture & {
    readonly variant: number;
    /** Null where its key does not say. */
    readonly aspect: Aspect | null;
    readonly thumbUrl: string | null;
  })[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** All pictures that a job has, to be looked at. */
export async function picturesOf(
  deps: Dependencies,
  context: RequestContext,
  jobId: string,
): Promise<Result<ProductPictures>> {
  const found = await seenImage(deps, context, jobId);
  if (!found.ok) return found;
  const { objects, settings: { resultUrlSeconds: expiresInSeconds }, clock } = deps;
  const { fields } = found.value;
  const url = (key: string): Promise<string> => objects.presignGet(key, { expiresInSeconds });
  const picture = async (key: string): Promise<Picture> => ({ key, url: await url(key) });
  // The one has its key before it is fetched or uploaded, the other is not made where the mask was reported.
  const ifThere = async (key: string | null): Promise<Picture | null> =>
    key === null || (await objects.head(key)) === null ? null : picture(key);
  return ok({
    original: await ifThere(fields.originalKey),
    cutout: await ifThere(fields.maskKey === null ? null : cutOutKey(fields)),
    backgrounds: await Promise.all((fields.bgKeys ?? []).map(async (key, at) => ({
      ...(await picture(key)), variant: at + 1,
    }))),
    composites: await Promise.all((fields.compositeKeys ?? []).map(async (key, at) => {
      const named = compositeOf(fields, key);
      const thumb = thumbOf(fields, key);
      return {
        ...(await picture(key)), aspect: named?.aspect ?? null, variant: named?.variant ?? at + 1,
        thumbUrl: thumb === null ? null : await url(thumb),
      };
    })),
    expiresAt: clock.now() + expiresInSeconds * 1_000,
  });
}

/** What a product image is shown by in lists; null: there is no picture yet. */
export interface Cover {
  readonly id: string;
  readonly url: string | null;
}

/** Of several, in the order asked; what the caller does not see, or is none, is left out. */
export async function coversOf(
  deps: Dependencies,
  context: RequestContext,
  ids: readonly string[],
): Promise<readonly Cover[]> {
  return foundOf(ids, (id) => coverOf(deps, context, id));
}

/** The small one of its first composite, that composite, or its photo. */
async function coverOf(deps: Dependencies, context: RequestContext, jobId: string): Promise<Cover | null> {
  const found = await seenImage(deps, context, jobId);
  if (!found.ok) return null;
  const { objects, settings: { resultUrlSeconds: expiresInSeconds } } = deps;
  const { id, fields } = found.value;
  const first = fields.compositeKeys?.[0];
  const best = first === undefined ? fields.originalKey : (thumbOf(fields, first) ?? first);
  // The photo has its key before it is there.
  const isThere = best !== null && (best !== fields.originalKey || (await objects.head(best)) !== null);
  return { id, url: isThere ? await objects.presignGet(best, { expiresInSeconds }) : null };
}

/** The key of the small picture of a composite; null where there is none. */
function thumbOf(fields: ProductImageFields, composite: string): string | null {
  const named = compositeOf(fields, composite);
  const thumb = named === null ? null : thumbKey(fields, named.aspect, named.variant);
  return thumb !== null && fields.thumbKeys?.includes(thumb) === true ? thumb : null;
}
