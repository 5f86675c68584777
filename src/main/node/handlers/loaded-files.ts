import module from 'node:module';
import { fileURLToPath } from 'node:url';

/** Tells of each file that this process loads from now on, other than those of packages. */
export function tellLoadedFiles(tell: (path: string) => void): void {
  // Node 22 has it since 22.15: before, only the module itself is known.
  module.registerHooks?.({
    load(url, context, next) {
      if (url.startsWith('file:') && !url.includes('/node_modules/')) tell(fileURLToPath(url.split(/[?#]/, 1)[0]!));
      return next(url, context);
    },
  });
}
