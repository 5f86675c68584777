import { StringDecoder } from 'node:string_decoder';
import { cutLine, maxLineLength } from '../../../../domain/log-line.ts';

/** Of a stream of bytes in UTF-8. What is none becomes U+FFFD, as do control characters that no log needs. */
export class LineSplitter {
  readonly #onLine: (text: string) => void;
  readonly #most: number;
  readonly #decoder = new StringDecoder('utf8');
  /** The beginning of a line that has not ended: no more of it than is kept. */
  #partial = '';
  /** Of all of it, in characters. */
  #length = 0;

  /** `most`: characters of a line; the rest is cut. */
  constructor(onLine: (text: string) => void, most = maxLineLength) {
    this.#onLine = onLine;
    this.#most = most;
  }

  /** Whether a line has begun and not ended. */
  get hasPartial(): boolean {
    return this.#length > 0;
  }

  write(bytes: Buffer): void {
    const text = harmless(this.#decoder.write(bytes));
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      if (this.#length === 0) this.#line(text.slice(from, to), to - from);
      else {
        this.#begin(text.slice(from, to));
        this.flush();
      }
      from = to + 1;
    }
    if (from < text.length) this.#begin(text.slice(from));
  }

  /** What there is of a line becomes one; half of a character waits for its other half. */
  flush(): void {
    if (this.#length === 0) return;
    const [text, length] = [this.#partial, this.#length];
    this.#partial = '';
    this.#length = 0;
    this.#line(text, length);
  }

  end(): void {
    this.#begin(this.#decoder.end());
    this.flush();
  }

  #begin(text: string): void {
    this.#length += text.length;
    const room = this.#most + 1 - this.#partial.length;
    if (room > 0) this.#partial += text.slice(0, room);
  }

  #line(text: string, length: number): void {
    const isWhole = text.length === length && text.endsWith('\r');
    this.#onLine(
      isWhole ? cutLine(text.slice(0, -1), { most: this.#most }) : cutLine(text, { length, most: this.#most }),
    );
  }
}

// Tabs, ends of lines, colors (ESC) and what progress bars go back by are all that a log needs of them.
const unwanted = /[\0-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/;
const allUnwanted = new RegExp(unwanted, 'g');

function harmless(text: string): string {
  return unwanted.test(text) ? text.replace(allUnwanted, '\ufffd') : text;
}
