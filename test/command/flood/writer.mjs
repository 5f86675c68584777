/**
 * Writes numbered lines to standard output at a steady rate, and what that took to standard error:
 * `node writer.mjs LINES LINES_PER_SECOND`. One that was held up writes faster until it has caught up.
 */
import { writeSync } from 'node:fs';

const [lines, linesPerSecond] = process.argv.slice(-2).map(Number);
const linesAtOnce = 1_000;
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const began = performance.now();
let written = 0;
let longestWriteMs = 0;
while (written < lines) {
  const due = Math.min(lines, Math.floor(((performance.now() - began) * linesPerSecond) / 1_000));
  if (due === written) {
    Atomics.wait(sleeper, 0, 0, 2);
    continue;
  }
  let text = '';
  for (const end = Math.min(due, written + linesAtOnce); written < end; written += 1) {
    const record = (written * 2_654_435_761) % 4_294_967_296;
    text += `line ${written + 1} of worker ${written % 7}: record ${record} processed in ${written % 100} ms\n`;
  }
  const bytes = Buffer.from(text, 'latin1');
  const writeBegan = performance.now();
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
  longestWriteMs = Math.max(longestWriteMs, performance.now() - writeBegan);
}
const report = { ms: performance.now() - began, longestWriteMs };
writeSync(2, `${JSON.stringify(report)}\n`);
