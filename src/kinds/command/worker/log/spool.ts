import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

/** A place in the file. */
export interface SpoolPlace {
  readonly offset: number;
  readonly length: number;
}

/** A file of a size that is used over and over. What it has is let go in the order in which it came. */
export class Spool {
  readonly #size: number;
  readonly #file: string;
  #fd: number | null = null;
  #isBroken = false;
  readonly #places: SpoolPlace[] = [];

  /** `file`: made when it is needed, and not to be found by that name afterwards. */
  constructor(file: string, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Null: there is no room until something is let go, or never. */
  put(bytes: Uint8Array): SpoolPlace | null {
    const offset = this.#free(bytes.length);
    if (offset === null || this.#isBroken) return null;
    try {
      this.#fd ??= opened(this.#file);
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
    } catch {
      // The disk is full, or there is none: it does without.
      this.#isBroken = true;
      return null;
    }
    const place = { offset, length: bytes.length };
    this.#places.push(place);
    return place;
  }

  /** @throws when the disk cannot be read */
  get(place: SpoolPlace): Buffer {
    const bytes = Buffer.allocUnsafe(place.length);
    for (let done = 0; done < place.length;) {
      const read = readSync(this.#fd!, bytes, done, place.length - done, place.offset + done);
      if (read === 0) throw new Error('the spool file is shorter than what was written to it');
      done += read;
    }
    return bytes;
  }

  /** The oldest. */
  letGo(): void {
    this.#places.shift();
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#isBroken = true;
  }

  #free(length: number): number | null {
    const [first] = this.#places;
    const last = this.#places.at(-1);
    if (first === undefined || last === undefined) return length <= this.#size ? 0 : null;
    const end = last.offset + last.length;
    if (first.offset < end) {
      if (end + length <= this.#size) return end;
      return length <= first.offset ? 0 : null;
    }
    return end + length <= first.offset ? end : null;
  }
}

function opened(file: string): number {
  const fd = openSync(file, 'wx+', 0o600);
  rmSync(file);
  return fd;
}
