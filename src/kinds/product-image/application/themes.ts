import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Aspect } from '../../../domain/scene.ts';
import { ImageProviderFailure, type ImageProvider, type SegmentCall } from '../../../ports/image-provider.ts';
import { StudioFailure, type Studio } from '../../../ports/studio.ts';
import { backdropsOf, placementOf, type Theme } from '../domain/theme.ts';
import type { ProductImageSettings } from './settings.ts';

export interface PreviewOrder {
  readonly photo: Uint8Array<ArrayBuffer>;
  readonly contentType: 'image/jpeg' | 'image/png' | 'image/webp' | 'image/avif';
  /** The first of the theme if left out. */
  readonly aspect?: Aspect;
  /** Which of the theme's backdrops, from 1; 1 if left out. */
  readonly variant?: number;
  /** 0 to 2^31 - 1; 0 if left out. */
  readonly seed?: number;
}

export interface ImageThemes {
  list(): readonly (Theme & { readonly isTaken: boolean })[];
  /** A finished image of the photo, JPEG. Made here, at no cost, without a job. */
  preview(theme: string, order: PreviewOrder, signal: AbortSignal): Promise<Result<Uint8Array>>;
}

type Settings = Pick<ProductImageSettings, 'themes' | 'looks' | 'studio' | 'local'>;

/** Previews under way at once: each has its photo in memory. */
const mostPreviews = 8;

export function createImageThemes({ themes, looks, studio, local }: Settings): ImageThemes {
  let underWay = 0;
  return {
    list: () => [...looks.values()].map((theme) => ({ ...theme, isTaken: themes?.includes(theme.name) ?? true })),
    async preview(name, order, signal) {
      const theme = looks.get(name);
      if (theme === undefined) {
        return refuse('not_found', `There is no theme ${name}: \`waybill product themes\` lists those that there are.`);
      }
      if (underWay >= mostPreviews) {
        return refuse('unavailable', `${mostPreviews} previews are being made already: try again in some seconds.`);
      }
      underWay += 1;
      try {
        return ok(await previewOf({ studio, local }, theme, order, signal));
      } catch (error) {
        return asRefusal(error);
      } finally {
        underWay -= 1;
      }
    },
  };
}

async function previewOf(
  { studio, local }: { readonly studio: Studio; readonly local: ImageProvider },
  theme: Theme,
  { photo, aspect = theme.aspects[0]!, variant = 1, seed = 0, contentType }: PreviewOrder,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const segment: SegmentCall = { purpose: 'segment', contentType, bytes: async () => photo };
  const [mask] = await outputs(local, segment, signal);
  const { png: cutOut } = await studio.cutOut({ original: photo, mask: mask! }, signal);
  const all = backdropsOf(theme, theme.backdrops.length);
  const [background] = await outputs(local, {
    purpose: 'backgrounds', prompt: theme.prompt, negativePrompt: theme.negativePrompt, variants: 1,
    backdrops: [all[(variant - 1) % all.length]!], width: 2_048, height: 2_048, seed,
  }, signal);
  const order = { cutOut, background: background!, placement: placementOf(theme), aspects: [aspect] };
  const [made] = await studio.compose(order, signal);
  return made!.master;
}

async function outputs(
  local: ImageProvider,
  call: Parameters<ImageProvider['begin']>[0],
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { providerJobId } = await local.begin(call, 'preview', signal);
  return (await local.result(providerJobId, call, signal)).outputs.map(({ bytes }) => bytes);
}

function asRefusal(error: unknown): Result<never> {
  if (error instanceof StudioFailure) {
    const { code, message } = error;
    if (code === 'COMPOSITE_FAILED') return refuse('unavailable', message);
    return refuse('invalid_request', message, { fields: { body: message }, errorCode: code });
  }
  if (!(error instanceof ImageProviderFailure)) throw error;
  const { code, message, retryable } = error;
  if (retryable) return refuse('unavailable', message);
  return refuse('invalid_request', message, { fields: { body: message }, errorCode: code });
}
