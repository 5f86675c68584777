import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Lines of a log that follow each other, as they are sent. */
export interface PackedLines {
  /** From 1 for the run's first. */
  readonly firstLine: number;
  readonly lineCount: number;
  readonly unpackedBytes: number;
  /** NDJSON, packed by gzip. */
  readonly body: Buffer;
}

/** Of a chunk when it is unpacked: packed, it can come to a little more. What servers store is at most 262,144. */
const maxBytes = 260_000;
const maxLines = 10_000;
/** Lines wait no longer for others. */
const flushMs = 200;
/** Chunks that wait to be packed: beyond it the command has to wait for this machine to get it done. */
const mostWaiting = 8;

const pack = promisify(gzip);

/** Puts lines into chunks, numbers them, and packs them one chunk after the other. */
export class LogPacker {
  readonly #onPacked: (lines: PackedLines) => Promise<void> | void;
  readonly #onBusy: (isBusy: boolean) => void;
  #lines: string[] = [];
  #bytes = 0;
  #numbered = 0;
  #sealedAt = -flushMs;
  #timer: NodeJS.Timeout | null = null;
  #waiting = 0;
  #done: Promise<void> = Promise.resolve();

  /** `onBusy`: whether more lines come than can be packed; until they do not, none should be added. */
  constructor(onPacked: (lines: PackedLines) => Promise<void> | void, onBusy: (isBusy: boolean) => void) {
    this.#onPacked = onPacked;
    this.#onBusy = onBusy;
  }

  /** Lines that have been added. */
  get count(): number {
    return this.#numbered + this.#lines.length;
  }

  /** A line of NDJSON with its end. */
  add(json: string): void {
    const bytes = Buffer.byteLength(json);
    if (this.#bytes + bytes > maxBytes || this.#lines.length === maxLines) this.#seal();
    this.#lines.push(json);
    this.#bytes += bytes;
    if (this.#timer !== null) return;
    // The first line after a pause is sent with what has come with it, further ones at most every so often.
    const inMs = Math.max(0, this.#sealedAt + flushMs - performance.now());
    this.#timer = setTimeout(() => this.#seal(), inMs);
  }

  /** Resolves when all lines are packed. */
  flush(): Promise<void> {
    this.#seal();
    return this.#done;
  }

  #seal(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const [lines, unpackedBytes] = [this.#lines, this.#bytes];
    if (lines.length === 0) return;
    const firstLine = this.#numbered + 1;
    this.#numbered += lines.length;
    this.#lines = [];
    this.#bytes = 0;
    this.#sealedAt = performance.now();
    this.#waiting += 1;
    if (this.#waiting === mostWaiting) this.#onBusy(true);
    this.#done = this.#done.then(async () => {
      const body = await pack(lines.join(''), { level: 1 });
      await this.#onPacked({ firstLine, lineCount: lines.length, unpackedBytes, body });
      this.#waiting -= 1;
      if (this.#waiting === mostWaiting / 2) this.#onBusy(false);
    });
  }
}
