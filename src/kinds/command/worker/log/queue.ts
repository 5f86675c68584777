import type { PackedLines } from './packer.ts';
import type { Spool, SpoolPlace } from './spool.ts';

type Entry = Omit<PackedLines, 'body'> & { readonly body: Buffer | SpoolPlace };

/** Of chunks in memory, beside the one that is being sent. */
const maxMemoryBytes = 1_048_576;

/** Chunks that are not acknowledged, oldest first: in memory as far as there is room, then on disk. */
export class LogQueue {
  readonly #spool: Spool;
  readonly #memory: Entry[] = [];
  readonly #spooled: Entry[] = [];
  #memoryBytes = 0;
  /** The first chunk, once it has been taken: it is no longer dropped. */
  #head: PackedLines | null = null;
  #dropped = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Lines. */
  get dropped(): number {
    return this.#dropped;
  }

  get isEmpty(): boolean {
    return this.#head === null && this.#memory.length === 0 && this.#spooled.length === 0;
  }

  /** The oldest lines are dropped when there is no room. */
  put(lines: PackedLines): void {
    const size = lines.body.length;
    if (this.#spooled.length === 0 && this.#memoryBytes + size <= maxMemoryBytes) return this.#keep(lines, size);
    for (;;) {
      const place = this.#spool.put(lines.body);
      if (place !== null) return void this.#spooled.push({ ...lines, body: place });
      const oldest = this.#spooled.shift();
      if (oldest === undefined) break;
      this.#spool.letGo();
      this.#dropped += oldest.lineCount;
    }
    while (this.#memory.length > 0 && this.#memoryBytes + size > maxMemoryBytes) {
      const oldest = this.#memory.shift()!;
      this.#memoryBytes -= oldest.body.length;
      this.#dropped += oldest.lineCount;
    }
    this.#keep(lines, size);
  }

  /** What to send next, the same until it is released; null: nothing. */
  head(): PackedLines | null {
    while (this.#head === null) {
      const inMemory = this.#memory.shift();
      const entry = inMemory ?? this.#spooled.shift();
      if (entry === undefined) return null;
      if (inMemory !== undefined) this.#memoryBytes -= entry.body.length;
      this.#head = this.#loaded(entry);
    }
    return this.#head;
  }

  /** All up to a line are stored: true when the first chunk was let go. */
  acknowledge(throughLine: number): boolean {
    let any = false;
    for (let head = this.head(); head !== null && lastOf(head) <= throughLine; head = this.head()) {
      this.#head = null;
      any = true;
    }
    return any;
  }

  /** The first chunk is not wanted. */
  dropHead(): void {
    this.#dropped += this.#head?.lineCount ?? 0;
    this.#head = null;
  }

  #keep(lines: PackedLines, size: number): void {
    this.#memory.push(lines);
    this.#memoryBytes += size;
  }

  /** Null: the disk has lost it. */
  #loaded(entry: Entry): PackedLines | null {
    const { body } = entry;
    if (Buffer.isBuffer(body)) return { ...entry, body };
    try {
      return { ...entry, body: this.#spool.get(body) };
    } catch {
      this.#dropped += entry.lineCount;
      return null;
    } finally {
      this.#spool.letGo();
    }
  }
}

function lastOf({ firstLine, lineCount }: PackedLines): number {
  return firstLine + lineCount - 1;
}
