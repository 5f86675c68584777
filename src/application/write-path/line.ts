import type { Ref } from './refs.ts';

/**
 * What waits, in its order, to be taken in batches of which several may be under way. What names something that a batch
 * under way names too waits for that one, and so do those behind it that name it.
 */
export class Line<T> {
  readonly #namesOf: (item: T) => readonly Ref[];
  readonly #busy = new Map<Ref, number>();
  #waiting: T[] = [];

  constructor(namesOf: (item: T) => readonly Ref[]) {
    this.#namesOf = namesOf;
  }

  get length(): number {
    return this.#waiting.length;
  }

  push(item: T): void {
    this.#waiting.push(item);
  }

  /** Up to `most` that may go now; their names are busy until `release` is called. Perhaps none. */
  take(most: number): { readonly items: readonly T[]; release(): void } {
    const items = this.#busy.size === 0 ? this.#waiting.splice(0, most) : this.#takeFree(most);
    for (const item of items) {
      for (const name of this.#namesOf(item)) this.#busy.set(name, (this.#busy.get(name) ?? 0) + 1);
    }
    return { items, release: () => this.#release(items) };
  }

  #takeFree(most: number): T[] {
    const taken: T[] = [];
    const left: T[] = [];
    const passed = new Set<Ref>();
    for (const item of this.#waiting) {
      const names = this.#namesOf(item);
      if (taken.length < most && !names.some((name) => this.#busy.has(name) || passed.has(name))) taken.push(item);
      else {
        left.push(item);
        for (const name of names) passed.add(name);
      }
    }
    this.#waiting = left;
    return taken;
  }

  #release(items: readonly T[]): void {
    for (const item of items) {
      for (const name of this.#namesOf(item)) {
        const others = (this.#busy.get(name) ?? 1) - 1;
        if (others === 0) this.#busy.delete(name);
        else this.#busy.set(name, others);
      }
    }
  }
}
