import type { Gzip } from '../../ports/gzip.ts';
import { maxChunkBytes, maxChunkLines, type LogChunk } from '../../ports/store/log-chunks.ts';
import { freeBytes } from '../free-bytes.ts';
import { isPacked, unpackChunk } from './chunk-codec.ts';
import { joined } from './web-gzip.ts';

/** Compressed chunks of this size do not get better by merging. */
const goodBytes = 16_384;

export interface PackedChunk extends LogChunk {
  /** It is a chunk as it was stored. */
  readonly isCopy: boolean;
}

/**
 * Merges small chunks of a log, which come in order; compresses what is not compressed, leaves out what is damaged.
 * Both methods answer the chunks that are done. The memory of chunks that are not passed on as they are is freed.
 */
export class LogPacker {
  readonly #gzip: Gzip;
  readonly #firstKept: number;
  readonly #copied: ReadonlySet<number>;
  #plain: Uint8Array[] = [];
  #plainBytes = 0;
  #firstLine = 0;
  #lineCount = 0;

  /** Lines before `firstKept` are left out. `copied`: first lines of chunks known to be good as they are. */
  constructor(gzip: Gzip, firstKept: number, copied: ReadonlySet<number> = new Set()) {
    this.#gzip = gzip;
    this.#firstKept = firstKept;
    this.#copied = copied;
  }

  async add(chunk: LogChunk): Promise<readonly PackedChunk[]> {
    if (this.#copied.has(chunk.firstLine)) return [...(await this.end()), { ...chunk, isCopy: true }];
    const hidden = Math.max(0, this.#firstKept - chunk.firstLine);
    const found = await unpackChunk(this.#gzip, chunk.body, (whole) => this.#examined(chunk, whole, hidden));
    if (found === null || found === 'nothing') return [];
    if (found === 'good') return [...(await this.end()), { ...chunk, isCopy: true }];
    freeBytes(chunk.body);
    const { plain, lineCount } = found;
    const firstLine = chunk.firstLine + hidden;
    const follows = this.#lineCount > 0 && firstLine === this.#firstLine + this.#lineCount;
    const fits = this.#plainBytes + plain.byteLength <= maxChunkBytes && this.#lineCount + lineCount <= maxChunkLines;
    const done = follows && fits ? [] : await this.end();
    if (this.#lineCount === 0) this.#firstLine = firstLine;
    this.#plain.push(plain);
    this.#plainBytes += plain.byteLength;
    this.#lineCount += lineCount;
    return done;
  }

  /** Whether nothing of a chunk is left without its first lines, it is good as it is, or what its other lines are. */
  #examined({ lineCount: saidCount, body }: LogChunk, whole: Uint8Array, hidden: number): Examined {
    const { count, begin, end } = linesIn(whole, saidCount, hidden);
    if (count <= hidden) return 'nothing';
    const isAsSaid = hidden === 0 && count === saidCount && end === whole.byteLength;
    if (isAsSaid && isPacked(body) && body.byteLength >= goodBytes) return 'good';
    // A copy, which `slice` of a Buffer does not make.
    return { plain: new Uint8Array(whole.subarray(begin, end)), lineCount: count - hidden };
  }

  async end(): Promise<readonly PackedChunk[]> {
    if (this.#lineCount === 0) return [];
    const chunk = { firstLine: this.#firstLine, lineCount: this.#lineCount };
    const plain = joined(this.#plain);
    this.#plain.forEach(freeBytes);
    [this.#plain, this.#plainBytes, this.#lineCount] = [[], 0, 0];
    const body = await this.#gzip.pack(plain);
    freeBytes(plain);
    return [{ ...chunk, body, isCopy: false }];
  }
}

type Examined = 'nothing' | 'good' | { readonly plain: Uint8Array; readonly lineCount: number };

const lineFeed = 10;

/** How many lines there are, at most so many, where they end, and where those after the hidden ones begin. */
function linesIn(
  plain: Uint8Array,
  most: number,
  hidden: number,
): { readonly count: number; readonly begin: number; readonly end: number } {
  let [count, begin, end] = [0, 0, 0];
  while (count < most) {
    const lineEnd = plain.indexOf(lineFeed, end);
    if (lineEnd === -1) break;
    end = lineEnd + 1;
    count += 1;
    if (count === hidden) begin = end;
  }
  return { count, begin, end };
}
