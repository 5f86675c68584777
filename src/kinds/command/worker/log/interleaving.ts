export type Stream = 'out' | 'err';

export interface Line {
  readonly stream: Stream;
  readonly text: string;
}

/**
 * Lines of two streams that were read in one go, in the order in which they were written. `turns` says which streams
 * were written to, one after the other. How many lines came with a turn nobody knows: one, and with the last turn of a
 * stream the rest. Lines for which there is no turn follow as they were read.
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
