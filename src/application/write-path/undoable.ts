/**
 * What a batch gathers from one command after another. What a command adds is taken back if it is refused: `keep` draws
 * the line to which `undo` goes back. Unlike collections of its own for each command, this costs nothing but the line.
 */
export class UndoableList<T> {
  readonly items: T[] = [];
  #kept = 0;

  push(item: T): void {
    this.items.push(item);
  }

  /** Those that `undo` would take back. */
  get recent(): readonly T[] {
    return this.items.slice(this.#kept);
  }

  keep(): void {
    this.#kept = this.items.length;
  }

  undo(): void {
    if (this.items.length > this.#kept) this.items.length = this.#kept;
  }
}

/** The same as a map. */
export class UndoableMap<K, V> {
  readonly #entries = new Map<K, V>();
  /** Which were set since the line, in order, and what each was before. Only the first `#count` of both count. */
  readonly #keys: K[] = [];
  readonly #before: (V | undefined)[] = [];
  #count = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  set(key: K, value: V): void {
    this.#keys[this.#count] = key;
    this.#before[this.#count] = this.#entries.get(key);
    this.#count += 1;
    this.#entries.set(key, value);
  }

  values(): Iterable<V> {
    return this.#entries.values();
  }

  forEach(each: (value: V, key: K) => void): void {
    this.#entries.forEach(each);
  }

  /** The keys of those that `undo` would take back; one that was set twice is there twice. */
  get recent(): readonly K[] {
    return this.#keys.slice(0, this.#count);
  }

  keep(): void {
    this.#count = 0;
  }

  undo(): void {
    while (this.#count > 0) {
      this.#count -= 1;
      const key = this.#keys[this.#count]!;
      const before = this.#before[this.#count];
      if (before === undefined) this.#entries.delete(key);
      else this.#entries.set(key, before);
    }
  }
}
