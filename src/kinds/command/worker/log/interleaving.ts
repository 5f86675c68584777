export type Stream = 'out' | 'err';

export interface Line {
  readonly stream: Stream;
  readonly text: string;
}

/**
 * Orders lines of two streams that were read together by when they were written. `turns` names the streams in the order
 * of writes. The number of lines per turn is unknown: one is assumed, and the rest for the last turn of a stream. Lines
 * without a turn follow in the order in which they were read.
 */
export function interleaved(lines: readonly Line[], turns: readonly Stream[]): readonly Line[] {
  const [first] = lines;
  if (turns.length < 2 || lines.every(({ stream }) => stream === first?.stream)) return lines;
  const of = (wanted: Stream): readonly Line[] => lines.filter(({ stream }) => stream === wanted);
  const left = { out: of('out'), err: of('err') };
  const last = { out: turns.lastIndexOf('out'), err: turns.lastIndexOf('err') };
  const next = { out: 0, err: 0 };
  const ordered: Line[] = [];
  for (const [n, stream] of turns.entries()) {
    const some = left[stream].slice(next[stream], n === last[stream] ? undefined : next[stream] + 1);
    next[stream] += some.length;
    ordered.push(...some);
  }
  return [...ordered, ...left.out.slice(next.out), ...left.err.slice(next.err)];
}
