import { registerHooks } from 'node:module';

/**
 * To be preloaded (`--import`): what the models answered once is not computed again (`remembered-runtime.ts`). The
 * whole of restyling is otherwise the program's own. Plain JavaScript, as it is loaded into programs that restyle
 * nothing as well.
 */

const runtime = new URL('../../src/imaging/local/models/runtime.ts', import.meta.url).href;
const models = new URL('./models.ts', runtime).href;
const remembering = new URL('./remembered-runtime.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    return found.url === runtime && context.parentURL === models ? { ...found, url: remembering } : found;
  },
});
