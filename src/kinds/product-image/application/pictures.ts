import { ok, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Aspect } from '../../../domain/scene.ts';
import { compositeOf, cutOutKey, thumbKey } from '../domain/keys.ts';
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
  const thumbs = new Set(fields.thumbKeys ?? []);
  return ok({
    original: await ifThere(fields.originalKey),
    cutout: await ifThere(fields.maskKey === null ? null : cutOutKey(fields)),
    backgrounds: await Promise.all((fields.bgKeys ?? []).map(async (key, at) => ({
      ...(await picture(key)), variant: at + 1,
    }))),
    composites: await Promise.all((fields.compositeKeys ?? []).map(async (key, at) => {
      const named = compositeOf(fields, key);
      const thumb = named === null ? null : thumbKey(fields, named.aspect, named.variant);
      return {
        ...(await picture(key)), aspect: named?.aspect ?? null, variant: named?.variant ?? at + 1,
        thumbUrl: thumb !== null && thumbs.has(thumb) ? await url(thumb) : null,
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
  const covers: Cover[] = [];
  for (let from = 0; from < ids.length; from += coversAtOnce) {
    const some = ids.slice(from, from + coversAtOnce).map((id) => coverOf(deps, context, id));
    covers.push(...(await Promise.all(some)).filter((cover) => cover !== null));
  }
  return covers;
}

const coversAtOnce = 4;

/** The small one of its first composite, that composite, or its photo. */
async function coverOf(deps: Dependencies, context: RequestContext, jobId: string): Promise<Cover | null> {
  const found = await seenImage(deps, context, jobId);
  if (!found.ok) return null;
  const { objects, settings: { resultUrlSeconds: expiresInSeconds } } = deps;
  const { id, fields } = found.value;
  const first = fields.compositeKeys?.[0];
  const named = first === undefined ? null : compositeOf(fields, first);
  const thumb = named === null ? null : thumbKey(fields, named.aspect, named.variant);
  const best = thumb !== null && fields.thumbKeys?.includes(thumb) ? thumb : (first ?? fields.originalKey);
  // The photo has its key before it is there.
  const isThere = best !== null && (best !== fields.originalKey || (await objects.head(best)) !== null);
  return { id, url: isThere ? await objects.presignGet(best, { expiresInSeconds }) : null };
}
