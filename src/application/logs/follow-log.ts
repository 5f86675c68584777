import type { LogStream, NumberedLine } from '../../domain/log-line.ts';
import type { Dependencies } from '../dependencies.ts';
import { firstKept, type KindLogs } from './kind-logs.ts';
import type { CachedPiece, LogCache } from './log-cache.ts';
import type { LineRange, LogPiece, LogReader } from './log-reader.ts';

export interface FollowLogOptions {
  readonly after: number;
  /** Starts with the newest so many lines. */
  readonly tail?: number;
  readonly stream?: LogStream;
  /** Ends after the lines that were stored when it began. */
  readonly onlyKnown?: boolean;
  readonly signal: AbortSignal;
}

/** What a follower gets, in the order of the lines. */
export type FollowedLog =
  | { readonly type: 'line'; readonly line: NumberedLine }
  | ({ readonly type: 'dropped' } & LineRange)
  /** Everything up to here was told, whether or not it was wanted. */
  | { readonly type: 'position'; readonly number: number }
  | { readonly type: 'end'; readonly lastLine: number };

/** What followers are given. It is made once for all who are given the same, and kept instead of the lines. */
export interface LogView<T> {
  /** No other view has it. */
  readonly name: string;
  of(group: readonly FollowedLog[]): T;
  /** About. */
  bytes(made: T): number;
  /** Nobody has it any more. */
  free(made: T): void;
}

/** The lines themselves. */
export const plainLog: LogView<readonly FollowedLog[]> = {
  name: 'plain',
  of: (group) => group,
  bytes: (group) =>
    group.reduce((sum, each) => sum + lineBytes + (each.type === 'line' ? 2 * each.line.text.length : 0), 0),
  free: () => {},
};

/** What a line takes beside its text. */
const lineBytes = 200;
/** How long a follower goes without looking, told or not. Milliseconds. */
const lookMs = 5_000;
/** Handed over at once. */
const linesAtOnce = 500;

/**
 * The lines of a job as they arrive, until it has ended and all lines were sent, or the signal aborts. Each follower
 * reads at its own pace and holds at most one piece, which it shares with others at the same place. What it is given is
 * good until it asks for more. If lines are deleted before a slow follower gets to them, it is told their numbers.
 */
export async function* followLog<T>(
  { store: { logs }, signals }: Pick<Dependencies, 'store' | 'signals'>,
  reader: LogReader,
  cache: LogCache,
  jobId: string,
  { after, tail, stream, onlyKnown = false, signal }: FollowLogOptions,
  kept: Pick<KindLogs, 'keepLines'>,
  view: LogView<T>,
): AsyncGenerator<T> {
  const made = async (from: number): Promise<CachedPiece<T>> => {
    const piece = await reader.piece(jobId, from, (last) => firstKept(last, kept));
    const groups = Array.from(groupsOf(piece, stream), view.of);
    const bytes = groups.reduce((sum, group) => sum + view.bytes(group), 0);
    return { groups, next: piece.next, bytes, free: () => groups.forEach(view.free) };
  };
  const wakeUp = signals.lines.watch(jobId);
  signals.logs.notify();
  try {
    for (let next: number | null = null; !signal.aborted && !signals.lines.closed; ) {
      const seen = wakeUp.count;
      const [progress] = await logs.progress([jobId]);
      if (progress === undefined) return;
      const { lastLine, hasEnded } = progress;
      next ??= Math.max(after + 1, tail === undefined ? 1 : lastLine - tail + 1);
      while (next <= lastLine && !signal.aborted && !signals.lines.closed) {
        const from: number = next;
        const piece = await cache.take(`${view.name} ${stream} ${jobId} ${from}`, from, () => made(from));
        try {
          yield* piece.groups;
        } finally {
          piece.release();
        }
        if (piece.next === from) break;
        next = piece.next;
      }
      if (next <= lastLine) continue;
      if (hasEnded || onlyKnown) return yield view.of([{ type: 'end', lastLine }]);
      await wakeUp.wait(lookMs, seen, signal);
    }
  } finally {
    signals.lines.unwatch(jobId);
  }
}

function* groupsOf(piece: LogPiece, stream: LogStream | undefined): Generator<readonly FollowedLog[]> {
  const dropped = [...piece.dropped];
  let group: FollowedLog[] = [];
  for (const line of piece.lines) {
    while ((dropped[0]?.to ?? Infinity) < line.number) group.push({ type: 'dropped', ...dropped.shift()! });
    if (stream === undefined || line.stream === stream) group.push({ type: 'line', line });
    if (group.length < linesAtOnce) continue;
    yield group;
    group = [];
  }
  for (const range of dropped) group.push({ type: 'dropped', ...range });
  const last = group.at(-1);
  const isTold = last?.type === 'line' && last.line.number === piece.next - 1;
  if (!isTold && piece.lines.length > 0) group.push({ type: 'position', number: piece.next - 1 });
  if (group.length > 0) yield group;
}
