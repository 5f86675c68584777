import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program `waybill`: what `npm test` made of its source, or the source. */
export const programFile =
  process.env['WAYBILL_TEST_PROGRAM'] ?? fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));

/** What Node compiles is kept from test to test: as XDG_CACHE_HOME of the program. */
export const cache = fileURLToPath(new URL('../../node_modules/.cache/waybill-test', import.meta.url));
/** Where the program keeps it in there; as NODE_COMPILE_CACHE for other programs that start it. */
export const compileCache = join(cache, 'waybill', 'compiled');
