/** Longest that handlers hold the thread in a row, as far as they let the worker in. */
const breathMs = 20;

let heldSince = performance.now();

/**
 * Lets timers and sockets have their turn now and then: a loop that only awaits what is there already would keep
 * heartbeats from being sent.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - heldSince < breathMs) return;
  await new Promise<void>((resolve) => setImmediate(resolve));
  heldSince = performance.now();
}
