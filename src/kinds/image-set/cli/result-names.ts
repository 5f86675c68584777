import { basename, extname } from 'node:path';

/** `sofa.jpg` becomes `sofa.png`, or `sofa-3.png` where two photos have that name. */
export function resultNames(
  delivered: readonly { readonly idx: number; readonly url: string }[],
  photoPaths: readonly string[],
): readonly string[] {
  const stems = photoPaths.map((path) => basename(path, extname(path)));
  const count = (stem: string): number => stems.filter((each) => each.toLowerCase() === stem.toLowerCase()).length;
  return delivered.map(({ idx, url }) => {
    // From outside: only the last part, and only letters that are safe in a file name.
    const served = basename(new URL(url).pathname).replace(/[^\w.-]/g, '_');
    const stem = stems[idx];
    if (stem === undefined) return /^[\w-]/.test(served) ? served : `${idx}_result`;
    return `${stem}${count(stem) > 1 ? `-${idx}` : ''}${extname(served)}`;
  });
}
