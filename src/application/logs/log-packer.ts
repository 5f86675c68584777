import type { Gzip } from '../../ports/gzip.ts';
import { maxChunkBytes, maxChunkLines, type LogChunk } from '../../ports/store/log-chunks.ts';
import { isPacked, unpackChunk } from './chunk-codec.ts';
import { joined } from './web-gzip.ts';

/** Compressed chunks of this size do not get better by merging. */
const goodBytes = 16_384;

/** Puts small chunks of a log together, which come in order; packs what is not packed, leaves out what is damaged. */
export class LogPacker {
  readonly #gzip: Gzip;
  readonly #packed: LogChunk[] = [];
  #plain: Uint8Array[] = [];
  #plainBytes = 0;
  #firstLine = 0;
  #lineCount = 0;

  constructor(gzip: Gzip) {
    this.#gzip = gzip;
  }

  /** Of its lines, those from `firstKept` on. */
  async add(chunk: LogChunk, firstKept: number): Promise<void> {
    const whole = await unpackChunk(this.#gzip, chunk.body);
    if (whole === null) return;
    const said = linesIn(whole, chunk.lineCount);
    const hidden = Math.max(0, firstKept - chunk.firstLine);
    const lineCount = Math.min(said.length, chunk.lineCount) - hidden;
    if (lineCount < 1) return;
    const firstLine = chunk.firstLine + hidden;
    const isAsSaid = hidden === 0 && said.length === chunk.lineCount && said.at(-1) === whole.byteLength;
    if (isAsSaid && isPacked(chunk.body) && chunk.body.byteLength >= goodBytes) {
      await this.#flush();
      this.#packed.push(chunk);
      return;
    }
    const begin = hidden === 0 ? 0 : (said[hidden - 1] ?? 0);
    const plain = whole.subarray(begin, said[hidden + lineCount - 1]);
    const follows = this.#lineCount > 0 && firstLine === this.#firstLine + this.#lineCount;
    const fits = this.#plainBytes + plain.byteLength <= maxChunkBytes && this.#lineCount + lineCount <= maxChunkLines;
    if (!follows || !fits) await this.#flush();
    if (this.#lineCount === 0) this.#firstLine = firstLine;
    this.#plain.push(plain);
    this.#plainBytes += plain.byteLength;
    this.#lineCount += lineCount;
  }

  async end(): Promise<readonly LogChunk[]> {
    await this.#flush();
    return this.#packed;
  }

  async #flush(): Promise<void> {
    if (this.#lineCount === 0) return;
    const body = await this.#gzip.pack(joined(this.#plain));
    this.#packed.push({ firstLine: this.#firstLine, lineCount: this.#lineCount, body });
    [this.#plain, this.#plainBytes, this.#lineCount] = [[], 0, 0];
  }
}

const lineFeed = 10;

/** The end of each line, including its line feed, for at most so many lines. */
function linesIn(plain: Uint8Array, most: number): number[] {
  const ends: number[] = [];
  for (let at = 0; ends.length < most; ) {
    const end = plain.indexOf(lineFeed, at);
    if (end === -1) break;
    ends.push((at = end + 1));
  }
  return ends;
}
