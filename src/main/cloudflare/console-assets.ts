import type { ReadConsoleFile } from '../console-pages.ts';
import type { Assets } from './bindings.ts';

/** The console's files as they were deployed with the Worker. Whoever serves them to the client packs them. */
export function readAssetsOf(assets: Assets): ReadConsoleFile {
  return async (path) => {
    // Of the address only the path matters.
    const { status, ok, body } = await assets.fetch(`https://console.invalid/${path}`);
    if (status === 404) return null;
    if (!ok || body === null) throw new Error(`the assets answered ${status} for ${path}`);
    return { body };
  };
}
