/** Types beyond so many are one: they are their callers' own words, and each is a series for good. */
const mostTypes = 100;
const others = 'other';

/** What stands for a type in metrics: itself, for the first hundred. */
export class TypeLabels {
  readonly #known = new Set<string>();

  of(type: string): string {
    if (this.#known.has(type)) return type;
    if (this.#known.size >= mostTypes) return others;
    this.#known.add(type);
    return type;
  }
}
