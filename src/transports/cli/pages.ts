/** One page, or with `all` every page from there on. `next` is where the following page begins; null at the end. */
export async function pages<Position, Entry>(
  first: Position,
  all: boolean,
  fetchPage: (position: Position) => Promise<{ readonly entries: readonly Entry[]; readonly next: Position | null }>,
): Promise<{ readonly entries: readonly Entry[]; readonly next: Position | null }> {
  const entries: Entry[] = [];
  let position = first;
  for (;;) {
    const page = await fetchPage(position);
    entries.push(...page.entries);
    if (!all || page.next === null) return { entries, next: page.next };
    position = page.next;
  }
}
