import { basename, extname } from 'node:path';
import { numbered, safeStem, type ResultName } from '../contract/result-names.ts';

/**
 * `sofa.jpg` becomes `sofa.png`; of more photos of that name, and where a file in the folder has it, `sofa-2.png`,
 * `sofa-3.png` and so on. A photo that is called so itself keeps its name.
 *
 * @param existing the names of what is in the folder already
 */
export function resultNames(
  delivered: readonly { readonly idx: number; readonly url: string }[],
  photoPaths: readonly string[],
  suffix: string,
  existing: readonly string[],
): readonly string[] {
  return numbered(delivered.map(({ idx, url }) => wantedName(idx, url, photoPaths[idx], suffix)), existing);
}

function wantedName(idx: number, url: string, path: string | undefined, suffix: string): ResultName {
  // From outside: only the last part, and only letters that are safe in a file name.
  const served = basename(new URL(url).pathname).replace(/[^\w.-]/g, '_');
  const own = /^[\w-]/.test(served) ? basename(served, extname(served)) : `${idx}_result`;
  const stem = (path === undefined ? own : basename(path, extname(path))) + suffix;
  return { stem: safeStem(stem), extension: extname(served) };
}
