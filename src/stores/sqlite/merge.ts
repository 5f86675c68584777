/** Rows in an order, read in pieces. */
export interface Source<R> {
  /** The first ones, at least one. */
  readonly first: readonly R[];
  /** At most `count` that follow on the `seen` first ones, the last of which is `last`. None: that was all. */
  more(last: R, seen: number, count: number): readonly R[];
}

interface Reader<R> {
  readonly source: Source<R>;
  rows: readonly R[];
  at: number;
  seen: number;
}

const smallestPiece = 8;

/**
 * The first `count` rows of all sources together. Of each source little more is read than is taken from it: pieces
 * begin small and double.
 */
export function merge<R>(
  sources: readonly Source<R>[],
  comesBefore: (a: R, b: R) => boolean,
  count: number,
): R[] {
  const head = ({ rows, at }: Reader<R>): R => rows[at] as R;
  // The one whose head comes first is the last.
  const waiting = sources.map((source): Reader<R> => ({
    source, rows: source.first, at: 0, seen: source.first.length,
  }));
  waiting.sort((a, b) => (comesBefore(head(a), head(b)) ? 1 : -1));
  const merged: R[] = [];
  while (merged.length < count) {
    const reader = waiting.pop();
    if (reader === undefined) break;
    const rival = waiting.at(-1);
    do {
      merged.push(head(reader));
    } while (
      advance(reader, count - merged.length) &&
      (rival === undefined || comesBefore(head(reader), head(rival))) &&
      merged.length < count
    );
    if (reader.at < reader.rows.length) {
      waiting.splice(placeOf(waiting, (other) => comesBefore(head(other), head(reader))), 0, reader);
    }
  }
  return merged;
}

/** False when the source has no more, or nobody wants them. */
function advance<R>(reader: Reader<R>, wanted: number): boolean {
  reader.at += 1;
  if (reader.at < reader.rows.length) return true;
  if (wanted === 0) return false;
  const last = reader.rows[reader.at - 1] as R;
  const piece = Math.min(wanted, Math.max(smallestPiece, reader.seen));
  reader.rows = reader.source.more(last, reader.seen, piece);
  reader.at = 0;
  reader.seen += reader.rows.length;
  return reader.rows.length > 0;
}

/** The first index whose entry comes before the one to be placed, so that heads descend towards the end. */
function placeOf<T>(sorted: readonly T[], comesBefore: (entry: T) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comesBefore(sorted[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
