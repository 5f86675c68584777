import { cutLine, logLevels, logStreams, type LogLine, type NumberedLine } from '../../domain/log-line.ts';
import type { Gzip } from '../../ports/gzip.ts';
import { maxChunkBytes, maxChunkLines } from '../../ports/store/log-chunks.ts';
import { joined } from './web-gzip.ts';

/*
 * A chunk is NDJSON, one `LogLine` a line, or one or several gzip members of it, which begin with bytes that no JSON
 * begins with. What comes to little stays as it is.
 */

export interface EncodedChunk {
  readonly lineCount: number;
  readonly body: Uint8Array;
}

/** Less than this is not worth packing. */
const packedFrom = 512;

const utf8 = new TextEncoder();
const text = new TextDecoder();

export function encodeLine(line: LogLine): Uint8Array {
  return utf8.encode(`${JSON.stringify({ ...line, text: cutLine(line.text) })}\n`);
}

/** Lines as `encodeLine` makes them, in as few chunks as it takes. */
export async function packLines(gzip: Gzip, lines: readonly Uint8Array[]): Promise<EncodedChunk[]> {
  const chunks: EncodedChunk[] = [];
  for (let from = 0; from < lines.length; ) {
    let bytes = 0;
    let to = from;
    while (to < lines.length && to - from < maxChunkLines && bytes + lines[to]!.byteLength <= maxChunkBytes) {
      bytes += lines[to]!.byteLength;
      to += 1;
    }
    const plain = joined(lines.slice(from, to));
    chunks.push({ lineCount: to - from, body: bytes < packedFrom ? plain : await gzip.pack(plain) });
    from = to;
  }
  return chunks;
}

export function isPacked(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

/** What is wrong with a chunk from a client, as far as can be seen without unpacking it; null: nothing. */
export function chunkProblem({ lineCount, body }: EncodedChunk): string | null {
  if (!Number.isInteger(lineCount) || lineCount < 1 || lineCount > maxChunkLines) {
    return `A chunk has 1 to ${maxChunkLines} lines.`;
  }
  if (body.byteLength === 0 || body.byteLength > maxChunkBytes) return `A chunk has 1 to ${maxChunkBytes} bytes.`;
  if (!isPacked(body)) return null;
  // A gzip member ends with its uncompressed size. Readers rely on the actual size instead.
  if (body.byteLength < 18) return 'A chunk that begins as gzip does is whole.';
  const said = new DataView(body.buffer, body.byteOffset).getUint32(body.byteLength - 4, true);
  return said > maxChunkBytes ? `A chunk unpacks to at most ${maxChunkBytes} bytes.` : null;
}

/** Null when it is damaged, or unpacks to more than a chunk may. `read`: as `Gzip` has it. */
export async function unpackChunk<T>(
  gzip: Gzip,
  body: Uint8Array,
  read: (plain: Uint8Array) => T,
): Promise<T | null> {
  return isPacked(body) ? gzip.unpack(body, maxChunkBytes, read) : read(body);
}

/** `first`: the number of the first line. Never throws: malformed lines are shown as well as possible. */
export function readLines(plain: Uint8Array, lineCount: number, first: number): NumberedLine[] {
  const lines = text.decode(plain).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(0, lineCount).map((json, index) => readLine(json, first + index));
}

function readLine(json: string, number: number): NumberedLine {
  let read: Partial<Record<keyof LogLine, unknown>>;
  try {
    read = Object(JSON.parse(json)) as typeof read;
  } catch {
    read = { text: json };
  }
  const level = read.level === undefined ? undefined : logLevels.find((one) => one === read.level);
  const line = {
    number,
    at: whole(read.at),
    stream: logStreams.find((one) => one === read.stream) ?? 'log',
    text: typeof read.text === 'string' ? cutLine(read.text) : '',
    attempt: whole(read.attempt),
  };
  return level === undefined ? line : { ...line, level };
}

/** The latest time that a date may have. */
const maxTime = 8_640_000_000_000_000;

function whole(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxTime ? value : 0;
}
