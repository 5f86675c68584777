import type { NumberedLine } from '../../domain/log-line.ts';
import type { LogChunk, LogFile, ReadLog } from '../../ports/store/log-chunks.ts';
import type { Dependencies } from '../dependencies.ts';
import { laterTurn } from '../in-turn.ts';
import { readLines, unpackChunk } from './chunk-codec.ts';
import { readObject } from '../objects/read-object.ts';

export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** A part of a log, as much as is decoded at once. */
export interface LogPiece {
  readonly lines: readonly NumberedLine[];
  /** The numbers in the piece without a line: the writer had to drop them, or they have been deleted. */
  readonly dropped: readonly LineRange[];
  /** The first number after the piece; the requested number if there are no lines from there on. */
  readonly next: number;
}

/** Stored bytes that are decoded at once: about one full chunk. */
const pieceBytes = 32_768;
/** A file may be replaced between a look at the log and at the file. */
const looks = 5;

type Deps = Pick<Dependencies, 'store' | 'objects' | 'gzip'>;

/** Reads logs piece by piece, wherever they are stored: `next` of a piece is where the following one starts. */
export class LogReader {
  readonly #deps: Deps;
  #turn: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** From a line on; those before `firstKept` of the log's last line are not shown. */
  async piece(jobId: string, fromLine: number, firstKept: (lastLine: number) => number): Promise<LogPiece> {
    // One piece a turn of the event loop, whoever asks: followers that have much to read up would keep the loop busy.
    this.#turn = this.#turn.then(laterTurn);
    await this.#turn;
    for (let look = 1, from = fromLine; ; look++) {
      const log = await this.#deps.store.logs.read(jobId, { fromLine: from, maxBytes: pieceBytes });
      if (log === null || from > log.lastLine) return { lines: [], dropped: [], next: fromLine };
      const first = Math.max(from, firstKept(log.lastLine));
      const found = await this.#chunksFrom(log, first);
      // They are older than what is shown: those that are shown are read instead.
      if (found !== null && first > found.end) from = first;
      else if (found !== null) return this.#decode(found.chunks, fromLine, first, found.end);
      else if (look === looks) throw new Error(`the object ${log.file?.objectKey} of the log of ${jobId} is not there`);
    }
  }

  /** The line up to which these are all lines. Null: the object does not exist. */
  async #chunksFrom(
    { file, lastLine, chunks }: ReadLog,
    line: number,
  ): Promise<{ readonly chunks: readonly LogChunk[]; readonly end: number } | null> {
    if (file === null || line > file.lastLine) return { chunks, end: chunks.length === 0 ? lastLine : endOf(chunks) };
    const part = await this.#partOf(file, line);
    return part && { chunks: part, end: part.length === 0 ? file.lastLine : endOf(part) };
  }

  /**
   * The part of a file that contains the line, or the next line, as a chunk; none after the last line. Null: the object
   * does not exist.
   */
  async #partOf({ objectKey, bytes, parts }: LogFile, line: number): Promise<readonly LogChunk[] | null> {
    const at = parts.findIndex(({ firstLine, lineCount }) => firstLine + lineCount > line);
    const part = parts[at];
    if (part === undefined) return [];
    const length = (parts[at + 1]?.offset ?? bytes) - part.offset;
    const body = await readObject(this.#deps.objects, objectKey, { offset: part.offset, length });
    return body && [{ ...part, body }];
  }

  async #decode(chunks: readonly LogChunk[], from: number, first: number, end: number): Promise<LogPiece> {
    const lines: NumberedLine[] = [];
    for (const { firstLine, lineCount, body } of chunks) {
      const read = await unpackChunk(this.#deps.gzip, body, (plain) => readLines(plain, lineCount, firstLine));
      for (const line of read ?? []) if (line.number >= first) lines.push(line);
    }
    const dropped: LineRange[] = [];
    let expected = from;
    for (const { number } of lines) {
      if (number > expected) dropped.push({ from: expected, to: number - 1 });
      expected = number + 1;
    }
    if (expected <= end) dropped.push({ from: expected, to: end });
    return { lines, dropped, next: end + 1 };
  }
}

/** Of at least one. */
function endOf(chunks: readonly LogChunk[]): number {
  const { firstLine, lineCount } = chunks.at(-1) as LogChunk;
  return firstLine + lineCount - 1;
}
