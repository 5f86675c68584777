import { setTimeout as pause } from 'node:timers/promises';

const intervalMs = 50;

/** Asks until the answer passes, and gives it back: what servers and engines do is seen from outside only. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  passes: (answer: Awaited<T>) => boolean,
  timeoutMs = 45_000,
): Promise<Awaited<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (passes(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms it is ${JSON.stringify(answer)}`);
    await pause(intervalMs);
  }
}
