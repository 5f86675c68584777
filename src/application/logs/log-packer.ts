import type { Gzip } from '../../ports/gzip.ts';
import { maxChunkBytes, maxChunkLines, type LogChunk } from '../../ports/store/log-chunks.ts';
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
 * Both methods answer the chunks that are done.
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
    const whole = await unpackChunk(this.#gzip, chunk.body);
    if (whole === null) return [];
    const said = linesIn(whole, chunk.lineCount);
    const hidden = Math.max(0, this.#firstKept - chunk.firstLine);
    const lineCount = Math.min(said.length, chunk.lineCount) - hidden;
    if (lineCount < 1) return [];
    const firstLine = chunk.firstLine + hidden;
    const isAsSaid = hidden === 0 && said.length === chunk.lineCount && said.at(-1) === whole.byteLength;
    if (isAsSaid && isPacked(chunk.body) && chunk.body.byteLength >= goodBytes) {
      return [...(await this.end()), { ...chunk, isCopy: true }];
    }
    const begin = hidden === 0 ? 0 : (said[hidden - 1] ?? 0);
    const plain = whole.subarray(begin, said[hidden + lineCount - 1]);
    const follows = this.#lineCount > 0 && firstLine === this.#firstLine + this.#lineCount;
    const fits = this.#plainBytes + plain.byteLength <= maxChunkBytes && this.#lineCount + lineCount <= maxChunkLines;
    const done = follows && fits ? [] : await this.end();
    if (this.#lineCount === 0) this.#firstLine = firstLine;
    this.#plain.push(plain);
    this.#plainBytes += plain.byteLength;
    this.#lineCount += lineCount;
    return done;
  }

  async end(): Promise<readonly PackedChunk[]> {
    if (this.#lineCount === 0) return [];
    const chunk = { firstLine: this.#firstLine, lineCount: this.#lineCount };
    const plain = joined(this.#plain);
    [this.#plain, this.#plainBytes, this.#lineCount] = [[], 0, 0];
    return [{ ...chunk, body: await this.#gzip.pack(plain), isCopy: false }];
  }
}

const lineFeed = 10;

/** Where each of at most so many lines ends, its line feed included. */
function linesIn(plain: Uint8Array, most: number): number[] {
  const ends: number[] = [];
  for (let at = 0; ends.length < most; ) {
    const end = plain.indexOf(lineFeed, at);
    if (end === -1) break;
    ends.push((at = end + 1));
  }
  return ends;
}
