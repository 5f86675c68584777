import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { ok } from '../../../domain/errors.ts';
import type { ImageThemes } from '../application/themes.ts';
import type { themeRoutes } from '../contract/themes.ts';

export function themeHandlers(themes: ImageThemes): HandlersFor<typeof themeRoutes> {
  return {
    listThemes: async () => ok({ themes: themes.list() }),
    previewTheme: ({ params: { theme }, query, file: { bytes, type }, signal }) =>
      answering(themes.preview(theme, { ...query, photo: bytes, contentType: type }, signal()), (jpeg) => ({
        name: `${theme}.jpg`, parts: once(jpeg),
      })),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
