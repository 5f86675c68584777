import type { Dependencies } from '../../../application/dependencies.ts';
import { originOf } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Aspect } from '../../../domain/scene.ts';
import { ImageProviderFailure, type ImageProvider, type SegmentCall } from '../../../ports/image-provider.ts';
import { StudioFailure } from '../../../ports/studio.ts';
import { backdropsOf, placementOf, type Theme } from '../domain/theme.ts';
import { shippedThemes } from '../domain/themes.ts';
import { maxThemes, themeTable, type CurrentThemes, type StoredTheme } from './current-themes.ts';
import type { Making, ProductImageSettings } from './settings.ts';

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

export interface ThemeView extends Theme {
  /** Whether webhooks may ask for it. */
  readonly isTaken: boolean;
  readonly source: 'shipped' | 'file' | 'stored';
  /** Null of one that is not stored. */
  readonly updatedAt: number | null;
}

/** For operators. */
export interface ImageThemes {
  list(): Promise<Result<readonly ThemeView[]>>;
  /** Makes it, or replaces it. */
  put(context: RequestContext, name: string, look: StoredTheme['look']): Promise<Result<ThemeView>>;
  /** One that ships, or is of a file, is there again. */
  delete(context: RequestContext, name: string): Promise<Result<null>>;
  /** A finished image of the photo, JPEG. Made here, at no cost, without a job. */
  preview(theme: string, order: PreviewOrder, signal: AbortSignal): Promise<Result<Uint8Array>>;
}

type Settings = Pick<ProductImageSettings, 'themes' | 'making'>;

export const noPreviews = refuse('not_found', 'This server makes no previews of themes; Waybill on Node does.');

/** Previews under way at once: each has its photo in memory. */
const mostPreviews = 8;

export function createImageThemes(
  { writePath }: Pick<Dependencies, 'writePath'>,
  current: CurrentThemes,
  { themes, making }: Settings,
): ImageThemes {
  let underWay = 0;
  const viewOf = (theme: Theme, updatedAt: number | null): ThemeView => ({
    ...theme, updatedAt, isTaken: themes?.includes(theme.name) ?? true,
    source: updatedAt !== null ? 'stored' : shippedThemes.get(theme.name) === theme ? 'shipped' : 'file',
  });
  return {
    async list() {
      const { themes: all, changedAt } = await current.now();
      return ok([...all.values()].map((theme) => viewOf(theme, changedAt.get(theme.name) ?? null)));
    },
    async put(context, name, look) {
      const { changedAt } = await current.now();
      if (changedAt.size >= maxThemes && !changedAt.has(name)) {
        return refuse('conflict', `The limit of ${maxThemes} stored themes is reached: delete some first.`);
      }
      const stored = await writePath.run<ThemeView>({
        ...originOf(context),
        reads: [ref.record(themeTable, [name])],
        decide: (draft) => {
          const { updatedAt } = draft.putRecord(themeTable, { name, look, updatedAt: draft.now });
          return ok(viewOf({ ...look, name }, updatedAt));
        },
      });
      current.forget();
      return stored;
    },
    async delete(context, name) {
      const deleted = await writePath.run<null>({
        ...originOf(context),
        reads: [ref.record(themeTable, [name])],
        decide: (draft) => {
          if (draft.record(themeTable, [name]) === null) return refuse('not_found', `No theme ${name} is stored.`);
          draft.deleteRecord(themeTable, [name]);
          return ok(null);
        },
      });
      current.forget();
      return deleted;
    },
    async preview(name, order, signal) {
      if (making === null) return noPreviews;
      const theme = (await current.now()).themes.get(name);
      if (theme === undefined) {
        return refuse('not_found', `There is no theme ${name}: \`waybill product themes\` lists those that there are.`);
      }
      if (underWay >= mostPreviews) {
        return refuse('unavailable', `${mostPreviews} previews are being made already: try again in some seconds.`);
      }
      underWay += 1;
      try {
        return ok(await previewOf(making, theme, order, signal));
      } catch (error) {
        return asRefusal(error);
      } finally {
        underWay -= 1;
      }
    },
  };
}

async function previewOf(
  { studio, local }: Making,
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
