/** What followers are given of a piece of a log. */
export interface CachedPiece<T> {
  readonly groups: readonly T[];
  /** The first number behind the piece; the one that was asked for when there is nothing from there on. */
  readonly next: number;
  readonly bytes: number;
  /** Called once nobody has it any more. */
  free(): void;
}

/** A piece that somebody has. */
export interface HeldPiece<T> extends Pick<CachedPiece<T>, 'groups' | 'next'> {
  /** To be called once, and none of the groups to be looked at afterwards. */
  release(): void;
}

/** Of all pieces that are kept, about. */
const maxBytes = 4 * 1_048_576;

interface Entry {
  readonly piece: Promise<CachedPiece<unknown>>;
  bytes: number;
  /** The cache is one of them. */
  holders: number;
}

/**
 * The newest pieces as followers are given them, so that for many who follow one job it is made once. What is in a
 * piece never changes; only where nothing was found there may be something later.
 */
export class LogCache {
  readonly #pieces = new Map<string, Entry>();
  #bytes = 0;

  /** `key`: of the piece from that line on, and of what is made of it. */
  async take<T>(key: string, fromLine: number, make: () => Promise<CachedPiece<T>>): Promise<HeldPiece<T>> {
    const known = this.#pieces.get(key);
    const entry = known ?? { piece: make(), bytes: 0, holders: 1 };
    entry.holders += 1;
    if (known === undefined) {
      this.#pieces.set(key, entry);
      await this.#keep(key, fromLine, entry);
    }
    const { groups, next } = (await entry.piece) as CachedPiece<T>;
    return { groups, next, release: () => void letGo(entry) };
  }

  async #keep(key: string, fromLine: number, entry: Entry): Promise<void> {
    try {
      const piece = await entry.piece;
      if (piece.next === fromLine) this.#forget(key);
      else {
        entry.bytes = piece.bytes;
        this.#bytes += entry.bytes;
      }
      for (const oldest of this.#pieces.keys()) {
        if (this.#bytes <= maxBytes) break;
        this.#forget(oldest);
      }
    } catch (error) {
      this.#forget(key);
      throw error;
    }
  }

  #forget(key: string): void {
    const entry = this.#pieces.get(key);
    if (entry === undefined) return;
    this.#bytes -= entry.bytes;
    this.#pieces.delete(key);
    void letGo(entry);
  }
}

async function letGo(entry: Entry): Promise<void> {
  entry.holders -= 1;
  if (entry.holders > 0) return;
  const piece = await entry.piece.catch(() => null);
  piece?.free();
}
