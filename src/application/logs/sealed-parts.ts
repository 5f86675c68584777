import type { LogChunk, LogFile, ReadLog } from '../../ports/store/log-chunks.ts';
import type { Dependencies } from '../dependencies.ts';
import { freeBytes } from '../free-bytes.ts';
import { laterTurn } from '../in-turn.ts';
import { LogPacker, type PackedChunk } from './log-packer.ts';
import { readObject } from '../objects/read-object.ts';

/** Stored bytes that are read at once. */
export const readBytes = 1_048_576;
/** Parts of a smaller log are kept in memory from when they are measured; those of others are made twice. */
const maxHeldBytes = 1_048_576;

/** Something was added to the log, or it was sealed by another server. */
export class LogChanged extends Error {
  override readonly name = 'LogChanged';
}

/** A part of a sealed log. */
export interface MeasuredPart {
  readonly firstLine: number;
  readonly lineCount: number;
  readonly bytes: number;
  readonly isCopy: boolean;
  /** Null: it has to be made again. */
  readonly body: Uint8Array | null;
}

type Deps = Pick<Dependencies, 'store' | 'objects' | 'gzip'>;

/** A log in the parts in which it is sealed, of which few are in memory at any time. Throws LogChanged. */
export class SealedParts {
  readonly #deps: Deps;
  readonly #jobId: string;
  readonly #log: Omit<ReadLog, 'chunks'>;
  readonly #firstKept: number;
  /** Until they have been gone through. */
  #firstChunks: ReadLog['chunks'] | null;

  /** `log`: as it was read from its first line on. */
  constructor(deps: Deps, jobId: string, { chunks, ...log }: ReadLog, firstKept: number) {
    this.#deps = deps;
    this.#jobId = jobId;
    this.#log = log;
    this.#firstChunks = chunks;
    this.#firstKept = firstKept;
  }

  async measure(): Promise<readonly MeasuredPart[]> {
    let parts: MeasuredPart[] = [];
    let bytes = 0;
    for await (const { body, ...part } of this.#packed(1)) {
      const wasHeld = bytes <= maxHeldBytes;
      bytes += body.byteLength;
      const isHeld = bytes <= maxHeldBytes;
      if (wasHeld && !isHeld) parts = parts.map((one) => ({ ...one, body: null }));
      parts.push({ ...part, bytes: body.byteLength, body: isHeld ? body : null });
      if (!isHeld) freeBytes(body);
    }
    return parts;
  }

  /** The last of those that were measured, or all. */
  async *read(parts: readonly MeasuredPart[]): AsyncGenerator<LogChunk> {
    const [first] = parts;
    if (first === undefined) return;
    if (first.body !== null) {
      for (const { firstLine, lineCount, body } of parts) yield { firstLine, lineCount, body: body as Uint8Array };
      return;
    }
    const copied = new Set(parts.filter(({ isCopy }) => isCopy).map(({ firstLine }) => firstLine));
    let at = 0;
    for await (const { firstLine, lineCount, body } of this.#packed(first.firstLine, copied)) {
      const part = parts[at++];
      if (part?.firstLine !== firstLine || part.lineCount !== lineCount || part.bytes !== body.byteLength) {
        throw new LogChanged();
      }
      yield { firstLine, lineCount, body };
    }
    if (at !== parts.length) throw new LogChanged();
  }

  async *#packed(fromLine: number, copied?: ReadonlySet<number>): AsyncGenerator<PackedChunk> {
    const packer = new LogPacker(this.#deps.gzip, this.#firstKept, copied);
    for await (const chunk of this.#chunks(fromLine)) yield* await packer.add(chunk);
    yield* await packer.end();
  }

  async *#chunks(fromLine: number): AsyncGenerator<LogChunk> {
    const { file } = this.#log;
    if (file !== null) yield* this.#chunksOf(file, fromLine);
    for (let next = fromLine; ; ) {
      const chunks = (next === 1 ? this.#firstChunks : null) ?? (await this.#storedFrom(next));
      this.#firstChunks = null;
      yield* chunks;
      await laterTurn();
      const last = chunks.at(-1);
      if (last === undefined) return;
      next = last.firstLine + last.lineCount;
    }
  }

  async #storedFrom(fromLine: number): Promise<ReadLog['chunks']> {
    const { file, lastLine } = this.#log;
    const log = await this.#deps.store.logs.read(this.#jobId, { fromLine, maxBytes: readBytes });
    if (log === null || log.lastLine !== lastLine || log.file?.id !== file?.id) throw new LogChanged();
    return log.chunks;
  }

  async *#chunksOf({ objectKey, bytes, parts }: LogFile, fromLine: number): AsyncGenerator<LogChunk> {
    const endOf = (index: number): number => parts[index + 1]?.offset ?? bytes;
    let from = parts.findIndex(({ firstLine, lineCount }) => firstLine + lineCount > fromLine);
    while (from !== -1 && from < parts.length) {
      const { offset } = parts[from]!;
      let to = from + 1;
      while (to < parts.length && endOf(to) - offset <= readBytes) to += 1;
      const body = await readObject(this.#deps.objects, objectKey, { offset, length: endOf(to - 1) - offset });
      if (body === null) throw new LogChanged();
      for (; from < to; from += 1) {
        const { firstLine, lineCount, offset: begin } = parts[from]!;
        yield { firstLine, lineCount, body: body.subarray(begin - offset, endOf(from) - offset) };
      }
    }
  }
}
