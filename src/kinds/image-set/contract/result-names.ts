/** What the file of a result is called: after its photo, with the ending of the format. */
export interface ResultName {
  readonly stem: string;
  /** With its dot. */
  readonly extension: string;
}

/** Names that Windows keeps for devices, whatever follows the dot. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** A stem that is the name of a file everywhere. */
export function safeStem(stem: string): string {
  const [device = ''] = stem.split('.', 1);
  return reserved.test(device.trim()) ? `_${stem}` : stem;
}

/** File systems differ in whether case and the composition of accents count. */
const folded = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * Each name as it is; of more of that name, and where one is there already, `sofa-2.png`, `sofa-3.png` and so on. One
 * that is called so itself keeps its name.
 */
export function numbered(wanted: readonly ResultName[], existing: readonly string[] = []): readonly string[] {
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
