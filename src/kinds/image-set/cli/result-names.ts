import { basename, extname } from 'node:path';

/** Names that Windows keeps for devices, whatever follows the dot. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** File systems differ in whether case and the composition of accents count. */
const folded = (name: string): string => name.normalize('NFC').toLowerCase();

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
  const wanted = delivered.map(({ idx, url }) => wantedName(idx, url, photoPaths[idx], suffix));
  const isThere = new Set(existing.map(folded));
  const first = new Map<string, number>();
  wanted.forEach(({ stem, extension }, index) => {
    const name = folded(stem + extension);
    if (!isThere.has(name) && !first.has(name)) first.set(name, index);
  });
  const taken = new Set([...isThere, ...first.keys()]);
  return wanted.map(({ stem, extension }, index) => {
    if (first.get(folded(stem + extension)) === index) return stem + extension;
    let number = 2;
    while (taken.has(folded(`${stem}-${number}${extension}`))) number += 1;
    const name = `${stem}-${number}${extension}`;
    taken.add(folded(name));
    return name;
  });
}

function wantedName(idx: number, url: string, path: string | undefined, suffix: string) {
  // From outside: only the last part, and only letters that are safe in a file name.
  const served = basename(new URL(url).pathname).replace(/[^\w.-]/g, '_');
  const own = /^[\w-]/.test(served) ? basename(served, extname(served)) : `${idx}_result`;
  const stem = (path === undefined ? own : basename(path, extname(path))) + suffix;
  const [device = ''] = stem.split('.', 1);
  return { stem: reserved.test(device.trim()) ? `_${stem}` : stem, extension: extname(served) };
}
