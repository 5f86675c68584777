import { spawn } from 'node:child_process';
import { runWatched } from '../../src/main/node/watched-process/child.ts';

/** A program that misbehaves as it is told to. */
export type Order =
  | { readonly do: 'echo'; readonly text: string }
  | { readonly do: 'print'; readonly lines: readonly string[] }
  | { readonly do: 'flood'; readonly lines: number }
  | { readonly do: 'block' | 'crash' | 'abort' | 'hang-up' | 'fill-heap' | 'fill-buffers' | 'ignore-stop' }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'spawn' };

export type Said = { readonly pid: number; readonly text: string };

let ignoresStop = false;
const kept: unknown[] = [];

runWatched<{ readonly greeting: string; readonly fail?: string }, Order, Said>(async ({ greeting, fail }, send) => {
  if (fail !== undefined) throw new Error(fail);
  const say = (text: string): void => send({ pid: process.pid, text });
  return {
    ready: { greeting, argv: process.argv.slice(2), sends: 'send' in process },
    onMessage: (order) => {
      if (order.do === 'echo') say(order.text);
      else if (order.do === 'print') for (const line of order.lines) console.log(line);
      else if (order.do === 'flood') for (let n = 0; n < order.lines; n++) console.log(`line ${n}`);
      else if (order.do === 'exit') process.exit(order.code);
      else if (order.do === 'crash') setTimeout(() => { throw new Error('thrown in a timer'); });
      else if (order.do === 'abort') process.abort();
      else if (order.do === 'hang-up') process.disconnect();
      else if (order.do === 'ignore-stop') ignoresStop = true;
      else if (order.do === 'spawn') {
        say(String(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }).pid));
      } else if (order.do === 'fill-heap') for (;;) kept.push(new Array(1_000).fill('x').map((x, n) => x + n));
      else if (order.do === 'fill-buffers') {
        const fill = (): void => {
          kept.push(Buffer.alloc(8 * 1024 ** 2, 1));
          setTimeout(fill, 5);
        };
        fill();
      } else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
    stop: () => (ignoresStop ? new Promise(() => {}) : Promise.resolve()),
  };
});
