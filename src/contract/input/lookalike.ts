/**
 * The known name that an unknown one was probably meant to be, or null. Names that differ only in
 * case or separators always count; otherwise one typing error, or two in a name of 8 or more.
 */
export function lookalike(unknown: string, known: Iterable<string>): string | null {
  if (unknown.length > 60) return null;
  const plain = squash(unknown);
  for (const name of known) {
    const other = squash(name);
    if (plain === other) return name;
    const longest = Math.max(plain.length, other.length);
    const allowed = longest >= 8 ? 2 : longest >= 4 ? 1 : 0;
    if (Math.abs(plain.length - other.length) <= allowed && distance(plain, other) <= allowed) return name;
  }
  return null;
}

function squash(name: string): string {
  return name.replace(/[-_\s]/g, '').toLowerCase();
}

/** Typing errors between two words: a letter more, less, other, or two swapped. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, line[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, before[column - 2]! + 1);
      line.push(cost);
    }
    before = last;
    last = line;
  }
  return last[b.length]!;
}
