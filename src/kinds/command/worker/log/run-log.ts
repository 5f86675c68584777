import type { Readable } from 'node:stream';
import { pause } from '../../../../http/pause.ts';
import { maxLineLength } from '../../../../domain/log-line.ts';
import { interleaved, type Line, type Stream } from './interleaving.ts';
import { LineSplitter } from './line-splitter.ts';
import { LogPacker, type PackedLines } from './packer.ts';
import { LogQueue } from './queue.ts';
import { Spool } from './spool.ts';

export interface LogSettings {
  readonly attempt: number;
  /** Lines; further ones are dropped. 0: no limit. */
  readonly maxLines: number;
  /** Characters of a line. */
  readonly lineLength: number;
  /** Bytes on disk. */
  readonly spoolBytes: number;
  readonly spoolFile: string;
}

/** What was begun of a line is shown after so long without its end, as a line: a question, a row of dots. */
const partialMs = 1_000;
const defaultSpoolBytes = 64 * 1_048_576;

/**
 * The log of one run. The two streams are separate pipes. Lines written to both at the same moment are ordered by the
 * kernel's record of writes; if several lines were written at once, some may still be swapped.
 */
export class RunLog {
  readonly #settings: LogSettings;
  readonly #packer: LogPacker;
  readonly #queue: LogQueue;
  readonly #spool: Spool;
  readonly #sources = new Set<Readable>();
  readonly #prefixes: Readonly<Record<Stream, string>>;
  /** Read just now. */
  #unordered: Line[] = [];
  #takeTurns: () => readonly Stream[] = () => [];
  #readAt = 0;
  #isBusy = false;
  #at = 0;
  #prefix = '';
  #beyond = 0;
  /** Hears of each chunk that can be sent. */
  onReady: () => void = () => {};

  constructor(settings: LogSettings) {
    this.#settings = settings;
    this.#spool = new Spool(settings.spoolFile, settings.spoolBytes || defaultSpoolBytes);
    this.#queue = new LogQueue(this.#spool);
    this.#packer = new LogPacker(
      (lines) => {
        this.#queue.put(lines);
        this.onReady();
      },
      (isBusy) => {
        this.#isBusy = isBusy;
        for (const source of this.#sources) void (isBusy ? source.pause() : source.resume());
      },
    );
    const end = `,"attempt":${settings.attempt},"text":`;
    this.#prefixes = { out: `,"stream":"out"${end}`, err: `,"stream":"err"${end}` };
  }

  /** Lines that were numbered. */
  get lines(): number {
    return this.#packer.count;
  }

  get dropped(): number {
    return this.#queue.dropped + this.#beyond;
  }

  /** `takeTurns` returns the streams that were written to since its last call, in order. */
  orderBy(takeTurns: () => readonly Stream[]): void {
    this.#takeTurns = takeTurns;
  }

  /** Reads a stream to its end. */
  read(stream: Stream, source: Readable): Promise<void> {
    const most = Math.min(maxLineLength, this.#settings.lineLength || maxLineLength);
    const splitter = new LineSplitter((text) => this.#collect({ stream, text }), most);
    let timer: NodeJS.Timeout | null = null;
    const flushLater = (): void => {
      if (timer !== null) clearTimeout(timer);
      timer = splitter.hasPartial ? setTimeout(() => splitter.flush(), partialMs) : null;
    };
    this.#sources.add(source);
    source.on('data', (bytes: Buffer) => {
      this.#readAt = performance.now();
      splitter.write(bytes);
      flushLater();
    });
    return new Promise((resolve) => {
      const end = (): void => {
        if (!this.#sources.delete(source)) return;
        if (timer !== null) clearTimeout(timer);
        splitter.end();
        resolve();
      };
      for (const name of ['end', 'close', 'error']) source.on(name, end);
    });
  }

  /** Waits for `read`, or until nothing more has come for so long: something that got away may hold the pipes. */
  async readToEnd(read: Promise<unknown>, idleMs: number): Promise<void> {
    const ended = read.then(() => true);
    this.#readAt = performance.now();
    while (!(await Promise.race([ended, pause(idleMs).then(() => false)]))) {
      if (!this.#isBusy && performance.now() - this.#readAt >= idleMs) break;
    }
    for (const source of this.#sources) source.destroy();
    await ended;
  }

  /** A line of the agent's own. */
  note(text: string): void {
    const splitter = new LineSplitter((line) => this.#collect({ stream: 'err', text: line }));
    splitter.write(Buffer.from(`waybill: ${text.replaceAll('\n', ' ')}`));
    splitter.end();
  }

  /** Resolves when every line waits to be sent. */
  flush(): Promise<void> {
    this.#settle();
    return this.#packer.flush();
  }

  get isSent(): boolean {
    return this.#queue.isEmpty;
  }

  /** What is to be sent next: the same until it is acknowledged. */
  next(): PackedLines | null {
    return this.#queue.head();
  }

  acknowledge(throughLine: number): boolean {
    return this.#queue.acknowledge(throughLine);
  }

  /** What is to be sent next is not wanted. */
  dropNext(): void {
    this.#queue.dropHead();
  }

  close(): void {
    for (const source of this.#sources) source.destroy();
    this.#spool.close();
  }

  #collect(line: Line): void {
    // Once more through the event loop: by then the kernel has told of all writes that were read.
    if (this.#unordered.length === 0) setImmediate(() => setImmediate(() => this.#settle()));
    this.#unordered.push(line);
  }

  #settle(): void {
    const turns = this.#takeTurns();
    const lines = this.#unordered;
    this.#unordered = [];
    for (const { stream, text } of interleaved(lines, turns)) this.#add(stream, text);
  }

  #add(stream: Stream, text: string): void {
    const { maxLines } = this.#settings;
    if (maxLines > 0 && this.#packer.count >= maxLines) {
      this.#beyond += 1;
      return;
    }
    const isLast = maxLines > 0 && this.#packer.count === maxLines - 1;
    const said = isLast ? `waybill: the log has its ${maxLines} lines: what follows is dropped` : text;
    if (isLast) this.#beyond += 1;
    const now = Date.now();
    if (now !== this.#at) {
      this.#at = now;
      this.#prefix = `{"at":${now}`;
    }
    this.#packer.add(`${this.#prefix}${this.#prefixes[isLast ? 'err' : stream]}${JSON.stringify(said)}}\n`);
  }
}
