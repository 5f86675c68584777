/** So many are looked for at once: a whole page together would hold up whoever else asks the store. */
const atOnce = 4;

/** What `look` finds of each id, in their order; null is nothing. */
export async function foundOf<T>(ids: readonly string[], look: (id: string) => Promise<T | null>): Promise<T[]> {
  const found: T[] = [];
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = await Promise.all(ids.slice(from, from + atOnce).map(look));
    found.push(...some.filter((one) => one !== null));
  }
  return found;
}
