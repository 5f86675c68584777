import type { Output } from '../output.ts';

/** A line on standard error that is drawn again and again, with a spinner before it. */
export interface LiveLine {
  /** Draws it, and goes on; `draw` is called with the milliseconds since the first time. */
  show(draw: (elapsedMs: number) => string): void;
  /** Takes it away; what is written next stands in its place. May be called again. */
  clear(): void;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const emptyLine = '\r\u001b[2K';

/** Null where nothing can be drawn again: standard error is no terminal, or the result is JSON. */
export function createLiveLine(
  { json, errorStream }: Output,
  env: Readonly<Record<string, string | undefined>>,
): LiveLine | null {
  if (json || errorStream.isTTY !== true || env['TERM'] === 'dumb') return null;
  const startedAt = Date.now();
  let shown: ((elapsedMs: number) => string) | null = null;
  let frame = 0;
  let timer: NodeJS.Timeout | null = null;
  const draw = (): void => {
    if (shown === null) return;
    const elapsedMs = Date.now() - startedAt;
    errorStream.write(`${emptyLine}${spinner[frame++ % spinner.length]} ${shown(elapsedMs)}`);
  };
  return {
    show(next) {
      shown = next;
      timer ??= setInterval(draw, frameMs).unref();
      draw();
    },
    clear() {
      if (timer !== null) clearInterval(timer);
      if (shown !== null) errorStream.write(emptyLine);
      timer = shown = null;
    },
  };
}
