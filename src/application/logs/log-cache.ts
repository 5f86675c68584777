/** What followers are given of a piece of a log. */
export interface CachedPiece<T> {
  readonly groups: readonly T[];
  /** The first number behind the piece; the one that was asked for when there is nothing from there on. */
  readonly next: number;
  readonly bytes: number;
}

/** Of all pieces that are kept, about. */
const maxBytes = 4 * 1_048_576;

/**
 * The newest pieces as followers are given them, so that for many who follow one job it is made once. What is in a
 * piece never changes; only where nothing was found there may be something later.
 */
export class LogCache {
  readonly #pieces = new Map<string, { readonly piece: Promise<CachedPiece<unknown>>; bytes: number }>();
  #bytes = 0;

  /** `key`: of the piece from that line on, and of what is made of it. */
  async take<T>(key: string, fromLine: number, make: () => Promise<CachedPiece<T>>): Promise<CachedPiece<T>> {
    const known = this.#pieces.get(key);
    if (known !== undefined) return known.piece as Promise<CachedPiece<T>>;
    const made = make();
    const entry = { piece: made, bytes: 0 };
    this.#pieces.set(key, entry);
    try {
      const piece = await made;
      if (piece.next === fromLine) this.#forget(key);
      else {
        entry.bytes = piece.bytes;
        this.#bytes += entry.bytes;
      }
      for (const oldest of this.#pieces.keys()) {
        if (this.#bytes <= maxBytes) break;
        this.#forget(oldest);
      }
      return piece;
    } catch (error) {
      this.#forget(key);
      throw error;
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#pieces.get(key)?.bytes ?? 0;
    this.#pieces.delete(key);
  }
}
