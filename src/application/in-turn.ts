/**
 * Calls it in a later turn of the event loop, when what has come in meanwhile was seen to. Where there is no
 * setImmediate, a timer does what it does.
 */
export const inTurn: (begin: () => void) => unknown = globalThis.setImmediate ?? ((begin) => setTimeout(begin));

/** Resolves in a later turn. Loops that wait for nothing but promises that are kept already hold up everything else. */
export function laterTurn(): Promise<void> {
  return new Promise((resolve) => void inTurn(resolve));
}
