import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { ImageThemes, ThemeView } from '../application/themes.ts';
import type { putTheme, themeRoutes } from '../contract/themes.ts';

export function themeHandlers(themes: ImageThemes): HandlersFor<typeof themeRoutes> {
  return {
    listThemes: () => answering(themes.list(), (all) => ({ themes: all.map(viewOf) })),
    putTheme: ({ context, params: { theme }, body }) =>
      answering(themes.put(context, theme, { ...body, title: body.title ?? theme }), viewOf),
    deleteTheme: ({ context, params: { theme } }) =>
      answering(themes.delete(context, theme), () => ({ name: theme, deleted: true as const })),
    previewTheme: ({ params: { theme }, query, file: { bytes, type }, signal }) =>
      answering(themes.preview(theme, { ...query, photo: bytes, contentType: type }, signal()), (jpeg) => ({
        name: `${theme}.jpg`, parts: once(jpeg),
      })),
  };
}

function viewOf({ updatedAt, ...theme }: ThemeView): RouteAnswer<typeof putTheme> {
  return {
    ...theme, aspects: [...theme.aspects],
    backdrops: theme.backdrops.map((backdrop) => ({ ...backdrop, accents: [...backdrop.accents] })),
    updatedAt: updatedAt === null ? null : iso(updatedAt),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
