/**
 * Goes from cells to their 4-neighbours, from those that `enters` takes to theirs, and so on. `enters` remembers what
 * it has taken: it answers true once for a cell at most. `from`: cells that are taken already, each once.
 */
export function spread(
  width: number,
  height: number,
  from: Iterable<number>,
  enters: (at: number) => boolean,
): void {
  const stack = new Int32Array(width * height);
  let top = 0;
  const push = (at: number): void => {
    stack[top] = at;
    top += 1;
  };
  const offer = (at: number): void => {
    if (enters(at)) push(at);
  };
  for (const at of from) push(at);
  while (top > 0) {
    top -= 1;
    const at = stack[top]!;
    const x = at % width;
    if (x > 0) offer(at - 1);
    if (x < width - 1) offer(at + 1);
    if (at >= width) offer(at - width);
    if (at < width * (height - 1)) offer(at + width);
  }
}
