import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program of the checkout, by its path: what `npm test` made of its source, or the source. */
export function fileOfProgram(path: string): string {
  const programs = process.env['WAYBILL_TEST_PROGRAMS'];
  if (programs !== undefined) return join(programs, path.replace(/\.ts$/, '.mjs'));
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** The program `waybill`. */
export const programFile = fileOfProgram('src/main/cli.ts');

/** What Node compiles is kept from test to test: as XDG_CACHE_HOME of the program. */
export const cache = fileURLToPath(new URL('../../node_modules/.cache/waybill-test', import.meta.url));
/** Where the program keeps it in there; as NODE_COMPILE_CACHE for other programs that start it. */
export const compileCache = join(cache, 'waybill', 'compiled');

/** For a shell: `npm run --silent waybill -- …` without npm and the launcher, which take most of its time. */
export const npmInShell = `npm() { shift 4; node ${programFile} "$@"; }\n`;
