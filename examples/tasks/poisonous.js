/**
 * Handlers that do what handlers should not. Start a server with them, submit some beside tasks that wait, and see that
 * each fails alone, after its own attempts.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const kept = [];

export default {
  /** Long enough to be there when a neighbour ends the process. */
  async neighbour({ attempt, data }, ctx) {
    ctx.log(`begun ${process.pid}`);
    await sleep(data ?? 700);
    return { attempt };
  },

  /** Would end everything in its process. */
  exit: () => process.exit(3),

  /** As a crash of native code does. */
  async abort() {
    await sleep(20);
    process.abort();
  },

  /** Lets nothing else in its process go on. */
  async loop() {
    await sleep(20);
    for (;;);
  },

  async heap() {
    await sleep(20);
    for (;;) kept.push(new Array(1_000).fill('x').map((x, n) => x + n));
  },

  /** Leaves a promise behind that nobody awaits. */
  async floating() {
    void (async () => {
      await sleep(10);
      throw new Error('nobody awaited me');
    })();
    await sleep(60_000);
  },
};
