import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

const maxLineLength = 4_000;
/** Of one second; what comes beyond is counted and not kept. */
const linesPerSecond = 200;
const lastWordsLength = 2_000;

/**
 * Reads what a process prints, line by line. Reading never pauses, since the process would stand still at its next
 * line then; what is too much is dropped, and said.
 */
export class Output {
  readonly #onLine: (line: string) => void;
  readonly #onDropped: (lines: number) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #last = '';
  #second: NodeJS.Timeout | null = null;
  #lines = 0;
  #dropped = 0;

  constructor(stream: Readable, onLine: (line: string) => void, onDropped: (lines: number) => void) {
    this.#onLine = onLine;
    this.#onDropped = onDropped;
    stream.on('data', (chunk: Buffer) => this.#take(this.#decoder.write(chunk)));
    stream.on('end', () => this.end());
    stream.on('error', () => {});
  }

  /** The end of what was printed. */
  get lastWords(): string {
    return this.#last.slice(-lastWordsLength).toWellFormed().trim();
  }

  /** Hands on a line that has no end yet. */
  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
    this.#nextSecond();
  }

  #take(text: string): void {
    this.#last = (this.#last + text).slice(-2 * lastWordsLength);
    const lines = (this.#rest + text).split('\n');
    // A line that never ends is cut, not kept.
    this.#rest = lines.pop()!.slice(0, maxLineLength);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    this.#second ??= setTimeout(() => this.#nextSecond(), 1_000);
    this.#lines += 1;
    if (this.#lines > linesPerSecond) this.#dropped += 1;
    else if (line.trim() !== '') this.#onLine(line.slice(0, maxLineLength).trimEnd().toWellFormed());
  }

  #nextSecond(): void {
    if (this.#second !== null) clearTimeout(this.#second);
    this.#second = null;
    this.#lines = 0;
    if (this.#dropped > 0) this.#onDropped(this.#dropped);
    this.#dropped = 0;
  }
}
