import { readFileSync } from 'node:fs';

/**
 * To be preloaded (`--import`): the wall clock of this process is ahead by as many milliseconds as the file named by
 * SHIFTED_DATE_FILE says, from one moment to the next, as when somebody sets the machine's clock.
 */

const real = Date.now.bind(Date);
const file = process.env.SHIFTED_DATE_FILE;
let [shift, readAt] = [0, Number.NEGATIVE_INFINITY];

function now() {
  if (performance.now() - readAt > 10) {
    shift = Number(readFileSync(file, 'utf8'));
    readAt = performance.now();
  }
  return real() + shift;
}

globalThis.Date = class Date extends globalThis.Date {
  constructor(...parts) {
    if (parts.length === 0) super(now());
    else super(...parts);
  }

  static now() {
    return now();
  }
};
