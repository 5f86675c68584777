import type { LogPiece } from './log-reader.ts';

/** Characters of all pieces that are kept, about. */
const maxLength = 8 * 1_048_576;

/**
 * The newest pieces that were decoded, so that many who follow one job have them decoded once. What is in a piece
 * never changes; only where nothing was found there may be something later.
 */
export class LogCache {
  readonly #pieces = new Map<string, { readonly piece: Promise<LogPiece>; length: number }>();
  #length = 0;

  async take(jobId: string, fromLine: number, read: () => Promise<LogPiece>): Promise<LogPiece> {
    const key = `${jobId} ${fromLine}`;
    const known = this.#pieces.get(key);
    if (known !== undefined) return known.piece;
    const entry = { piece: read(), length: 0 };
    this.#pieces.set(key, entry);
    try {
      const piece = await entry.piece;
      if (piece.next === fromLine) this.#forget(key);
      else {
        entry.length = piece.lines.reduce((sum, { text }) => sum + 100 + text.length, 0);
        this.#length += entry.length;
      }
      for (const oldest of this.#pieces.keys()) {
        if (this.#length <= maxLength) break;
        this.#forget(oldest);
      }
      return piece;
    } catch (error) {
      this.#forget(key);
      throw error;
    }
  }

  #forget(key: string): void {
    this.#length -= this.#pieces.get(key)?.length ?? 0;
    this.#pieces.delete(key);
  }
}
