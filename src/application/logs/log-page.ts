import type { LogStream, NumberedLine } from '../../domain/log-line.ts';
import type { Dependencies } from '../dependencies.ts';
import { firstKept, type KindLogs } from './kind-logs.ts';
import type { LineRange, LogReader } from './log-reader.ts';

export interface LogPageOptions {
  /** Lines with a greater number. */
  readonly after: number;
  /** 1 to 1,000. */
  readonly limit: number;
  /** Only the newest so many lines of the log, counted over all streams. */
  readonly tail?: number;
  readonly stream?: LogStream;
}

export interface LogPage {
  readonly lines: readonly NumberedLine[];
  readonly dropped: readonly LineRange[];
  /** Where the next page begins; null when there is nothing more yet. */
  readonly nextAfter: number | null;
  /** The greatest number that was given. */
  readonly lastLine: number;
}

/** Characters of one page, about. */
const maxLength = 1_048_576;
/** Of few lines of the stream that is wanted, so much of the log is looked through for one page. */
const maxPieces = 20;

/** One page of a job's log, oldest first. It ends early where lines are long, or few are of the stream. */
export async function readLogPage(
  { store: { logs } }: Pick<Dependencies, 'store'>,
  reader: LogReader,
  jobId: string,
  { after, limit, tail, stream }: LogPageOptions,
  kept: Pick<KindLogs, 'keepLines'>,
): Promise<LogPage> {
  const [progress] = await logs.progress([jobId]);
  const lastLine = progress?.lastLine ?? 0;
  const lines: NumberedLine[] = [];
  const dropped: LineRange[] = [];
  let length = 0;
  let next = Math.max(after + 1, tail === undefined ? 1 : lastLine - tail + 1);
  for (let pieces = 0; next <= lastLine && pieces < maxPieces; pieces++) {
    const piece = await reader.piece(jobId, next, (last) => firstKept(last, kept));
    for (const line of piece.lines) {
      if (stream !== undefined && line.stream !== stream) continue;
      length += 100 + line.text.length;
      if (lines.length === limit || (lines.length > 0 && length > maxLength)) {
        const nextAfter = lines.at(-1)?.number ?? line.number - 1;
        return { lines, dropped: [...dropped, ...before(piece.dropped, line.number)], nextAfter, lastLine };
      }
      lines.push(line);
    }
    dropped.push(...piece.dropped);
    if (piece.next === next) break;
    next = piece.next;
  }
  return { lines, dropped, nextAfter: next <= lastLine ? next - 1 : null, lastLine };
}

function before(ranges: readonly LineRange[], line: number): LineRange[] {
  return ranges.filter(({ to }) => to < line);
}
