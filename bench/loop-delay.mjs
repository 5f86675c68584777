/**
 * Preloaded into a server (`--import`), tells what its event loop did since it was asked last: SIGUSR2 asks, the file
 * that LOOP_DELAY_FILE names is the answer. `delayMs` is the most that a timer came late, whatever the reason; `turnMs`
 * the most processor time of this thread between two timers, to which other processes on a busy machine add little.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const everyMs = 5;
const file = process.env['LOOP_DELAY_FILE'];

if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: everyMs });
  delay.enable();
  let last = process.threadCpuUsage();
  let longest = 0;
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    longest = Math.max(longest, user + system);
  }, everyMs).unref();
  process.on('SIGUSR2', () => {
    writeFileSync(`${file}.new`, JSON.stringify({ delayMs: delay.max / 1e6 - everyMs, turnMs: longest / 1e3 }));
    renameSync(`${file}.new`, file);
    delay.reset();
    longest = 0;
  });
}
