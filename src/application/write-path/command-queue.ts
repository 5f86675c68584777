import type { Ref } from './refs.ts';

/**
 * Commands that wait, in order, to be taken in batches; several batches may be in progress. A command that names the
 * same thing as a batch in progress waits for that batch, and so do the commands behind it that name it.
 */
export class CommandQueue<T> {
  readonly #namesOf: (item: T) => readonly Ref[];
  readonly #bytesOf: (item: T) => number;
  readonly #busy = new Map<Ref, number>();
  #waiting: T[] = [];

  constructor(namesOf: (item: T) => readonly Ref[], bytesOf: (item: T) => number = () => 0) {
    this.#namesOf = namesOf;
    this.#bytesOf = bytesOf;
  }

  get length(): number {
    return this.#waiting.length;
  }

  push(item: T): void {
    this.#waiting.push(item);
  }

  /**
   * Up to `most` that may go now, of `mostBytes` together (one may have more); their names are busy until `release` is
   * called. Perhaps none.
   */
  take(most: number, mostBytes = Infinity): { readonly items: readonly T[]; readonly bytes: number; release(): void } {
    const { items, bytes } = this.#fitting(
      this.#busy.size === 0 ? this.#waiting.splice(0, most) : this.#takeFree(most), mostBytes,
    );
    for (const item of items) {
      for (const name of this.#namesOf(item)) this.#busy.set(name, (this.#busy.get(name) ?? 0) + 1);
    }
    return { items, bytes, release: () => this.#release(items) };
  }

  /** The others wait again, as the first ones. */
  #fitting(items: readonly T[], mostBytes: number): { readonly items: readonly T[]; readonly bytes: number } {
    let bytes = 0;
    for (let index = 0; index < items.length; index++) {
      const more = bytes + this.#bytesOf(items[index]!);
      if (index > 0 && more > mostBytes) {
        this.#waiting.unshift(...items.slice(index));
        return { items: items.slice(0, index), bytes };
      }
      bytes = more;
    }
    return { items, bytes };
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
